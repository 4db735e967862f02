//! Tests of the sandbox through real connections and its public API.

mod activity;
mod admin_access;
mod admin_deliveries;
mod admin_invoices;
mod admin_settings;
mod assumptions;
mod callbacks;
mod checkout;
mod checkout_page;
mod client;
mod clock;
mod create;
mod dashboard;
mod dashboard_callbacks;
mod dashboard_search;
mod database;
mod database_checked;
#[cfg(unix)]
mod database_damage;
mod database_files;
mod database_format;
#[cfg(unix)]
mod database_full;
#[cfg(unix)]
mod database_killed;
mod fault_callbacks;
mod fault_plan;
mod fault_plan_random;
mod fault_rules;
mod fault_wire;
mod faults;
mod history;
mod hostile;
mod hosts;
#[cfg(feature = "https")]
mod https_callbacks;
mod lifecycle;
mod met;
mod moves;
mod names;
mod origin;
mod owner;
mod readme;
mod reads;
mod redaction;
mod search;
mod secrecy;
mod slots;
