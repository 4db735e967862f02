//! The rules as their users meet them: input in; errors, warnings and bodies out.

mod card_data;
mod documentation;
mod encoding;
mod fields;
mod messages;
mod presence;
#[cfg(feature = "serde")]
mod serde;
mod sources;
mod support;
mod warnings;
