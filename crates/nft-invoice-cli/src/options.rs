//! What the user enters: options, environment variables and files of settings.

pub mod arguments;
pub mod config_file;
pub mod gateway_settings;
pub mod rule_args;
pub mod settings;
pub mod spelling;
