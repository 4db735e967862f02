use maud::{Markup, html};

/// A field of a form, with the texts around its input.
#[derive(Default)]
pub(crate) struct Field<'a> {
    /// The name in the form, which is also the input's id.
    pub(crate) name: &'a str,
    pub(crate) label: &'a str,
    pub(crate) hint: Option<Markup>,
    pub(crate) error: Option<&'a str>,
}

impl Field<'_> {
    pub(crate) fn with(&self, input: &Markup) -> Markup {
        html! {
            div.field {
                label for=(self.name) { (self.label) }
                (input)
                @if let Some(hint) = &self.hint { p.hint id={ (self.name) "-hint" } { (hint) } }
                (self.error())
            }
        }
    }

    pub(crate) fn error(&self) -> Markup {
        html! {
            @if let Some(error) = self.error { p.error id={ (self.name) "-error" } { (error) } }
        }
    }

    /// For `aria-invalid`.
    pub(crate) fn invalid(&self) -> Option<&'static str> {
        self.error.map(|_| "true")
    }

    /// For `aria-describedby`: the ids of the hint and the error.
    pub(crate) fn described(&self) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.name));
        let error = self.error.map(|_| format!("{}-error", self.name));
        let ids: Vec<_> = [hint, error].into_iter().flatten().collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}
