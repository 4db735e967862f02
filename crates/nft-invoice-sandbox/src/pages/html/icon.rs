use maud::{Markup, html};

/// A decorative icon, hidden from screen readers because the text beside it has the same meaning. It is the path of an SVG.
#[derive(Clone, Copy)]
pub(crate) struct Icon(&'static str);

impl Icon {
    pub(crate) const ALERT: Self = Self("M12 6v7M12 17.5v.01");
    pub(crate) const BACK: Self = Self("M9 14l-4-4 4-4M5 10h8.5a5 5 0 0 1 0 10H10");
    pub(crate) const CHECK: Self = Self("M5 12.5l4.5 4.5L19 7.5");
    pub(crate) const CLOCK: Self = Self("M12 4a8 8 0 1 0 0 16 8 8 0 0 0 0-16M12 8v4.5l3 1.5");
    pub(crate) const CROSS: Self = Self("M7 7l10 10M17 7L7 17");
    pub(crate) const PAUSE: Self = Self("M9 7v10M15 7v10");
    pub(crate) const PICTURE: Self =
        Self("M12 3l8 4.5v9L12 21l-8-4.5v-9zM4.5 7.8L12 12l7.5-4.2M12 12v8.5");
    pub(crate) const SHIELD: Self =
        Self("M12 3.5l7 2.5v5.5c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V6zM9 12l2.2 2.2L15 10.5");
    pub(crate) const SHOP: Self = Self("M5 10v10h14V10M3 10l2-6h14l2 6zM10 20v-5h4v5");

    pub(crate) fn svg(self) -> Markup {
        html! { svg.icon viewBox="0 0 24 24" aria-hidden="true" { path d=(self.0) {} } }
    }

    /// Returns the icon as a data URL for the browser's tab.
    pub(crate) fn tab(self) -> String {
        format!(
            "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 24 24' fill='none' \
             stroke='%236b74f0' stroke-width='2' stroke-linejoin='round'%3E%3Cpath d='{}'/%3E%3C/svg%3E",
            self.0
        )
    }
}
