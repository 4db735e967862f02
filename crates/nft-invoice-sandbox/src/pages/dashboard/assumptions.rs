use axum::response::Response;
use maud::html;

use super::view::View;

/// `GET /_sbx/assumptions`
pub(super) async fn show(view: View) -> Response {
    let assumptions = view.app.store().current_assumptions();
    let switched = assumptions
        .options()
        .filter(|(row, option)| *option != row.default());
    let content = html! {
        div.title {
            h1 { "Assumptions" }
            p.soft {
                "Behaviour that the gateway's documentation does not specify, and the sandbox's default for it. "
                "Change an option at startup, for example with "
                code { ".assume(\"error-status\", \"400\")" } " or " code { "--assume error-status=400" } ". "
                @match switched.count() { 0 => "All options have their default.", 1 => "1 option is changed.", n => { (n) " options are changed." } }
            }
        }
        ul.assumptions {
            @for (row, set) in assumptions.options() {
                li.panel.switched[set != row.default()] {
                    h2 { code { (row.id) } }
                    p.options {
                        @for option in row.options {
                            @if *option == set { strong.badge.opened { (option) } } @else { span.badge { (option) } }
                            " "
                        }
                        @if set != row.default() { span.soft { "Default: " (row.default()) } }
                    }
                    p.soft { (row.reason) }
                }
            }
        }
    };
    view.page("/_sbx/assumptions", "Assumptions", &content)
}
