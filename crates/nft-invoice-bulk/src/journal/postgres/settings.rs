use async_trait::async_trait;

use super::super::Setting;
use super::session::{Fault, Session, Work};
use super::stored::column;

pub(super) struct ReadSettings;

#[async_trait]
impl Work for ReadSettings {
    type Output = Vec<Setting>;

    async fn run(&mut self, session: &Session) -> Result<Vec<Setting>, Fault> {
        // `synchronous_commit` is what new connections get; those of journals turn it on if it is off.
        const SELECT: &str = "
            SELECT name, coalesce(CASE WHEN name = 'synchronous_commit' THEN reset_val END, setting) FROM pg_settings
            WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') ORDER BY name";
        let rows = session.query(SELECT, &[]).await?;
        rows.iter()
            .map(|row| {
                let value: String = column(row, 1)?;
                Ok(Setting {
                    name: column(row, 0)?,
                    is_safe: value != "off",
                    value,
                })
            })
            .collect()
    }
}
