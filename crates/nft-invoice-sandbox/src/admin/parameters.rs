use axum::extract::Query;

use super::paging::Page;
use crate::admin::problem::Problem;

/// The query parameters of a list. Each is taken out once; any that remain are unknown.
pub(super) struct Parameters(Vec<(String, String)>);

/// The parameters as axum extracts them.
pub(super) type Asked = Query<Vec<(String, String)>>;

impl Parameters {
    pub(super) fn new(Query(asked): Asked) -> Self {
        Self(asked)
    }

    /// Returns `None` if the parameter is missing. A blank one would not narrow the list, which hides a mistake such as a
    /// variable that is not set.
    pub(super) fn take(&mut self, name: &str) -> Result<Option<String>, Problem> {
        let mut found = self.0.extract_if(.., |(known, _)| known == name);
        let first = found.next().map(|(_, value)| value.trim().to_owned());
        if found.next().is_some() {
            return Err(Problem::field(name, "send this parameter only once"));
        }
        match first {
            Some(value) if value.is_empty() => Err(Problem::field(name, "must not be empty")),
            first => Ok(first),
        }
    }

    pub(super) fn page(&mut self) -> Result<Page, Problem> {
        let page = self.take("page")?;
        page.map_or(Ok(Page::FIRST), |page| Page::parse(&page))
    }

    pub(super) fn invoice(&mut self) -> Result<Option<u64>, Problem> {
        let id = self.take("invoice")?.map(|id| id.parse()).transpose();
        id.map_err(|_| Problem::field("invoice", "expected an invoice number"))
    }

    /// Rejects unknown parameters. The message does not repeat them: a token that was sent without a name is one.
    pub(super) fn finish(self, expected: &str) -> Result<(), Problem> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(Problem::Input(format!(
                "unknown parameter; expected {expected}"
            ))),
        }
    }
}
