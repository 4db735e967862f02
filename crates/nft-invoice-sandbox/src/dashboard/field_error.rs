use maud::{Markup, html};

use crate::admin::problem::Problem;

/// What is wrong with one field of a form, shown beside it.
#[derive(Clone, Copy)]
pub(super) struct FieldError<'a>(pub(super) Option<&'a Problem>);

impl<'a> FieldError<'a> {
    /// For `aria-invalid`.
    pub(super) fn invalid(self, name: &str) -> Option<&'static str> {
        self.of(name).map(|_| "true")
    }

    /// For `aria-describedby`: the id of the field's hint, if it has one, and of its error.
    pub(super) fn described(self, name: &str, hint: &str) -> Option<String> {
        let error = self.of(name).map(|_| format!("{name}-error"));
        let ids: Vec<_> = [hint.to_owned()].into_iter().chain(error).collect();
        let ids = ids.join(" ").trim().to_owned();
        (!ids.is_empty()).then_some(ids)
    }

    /// The paragraph below the field.
    pub(super) fn message(self, name: &str) -> Markup {
        html! {
            @if let Some(wrong) = self.of(name) { p.error id={ (name) "-error" } { (wrong) } }
        }
    }

    fn of(self, name: &str) -> Option<&'a str> {
        let (invalid, reason) = self.0?.invalid_field()?;
        (invalid == name).then_some(reason)
    }
}
