use std::path::PathBuf;
use std::{env, fs};

use tempfile::TempDir;

use super::visit::Visit;

#[tokio::test]
#[ignore = "needs Chromium"]
async fn writes_the_readmes_pictures() {
    // Where nobody asked for them they are made all the same: their size is a test.
    let nowhere = TempDir::new().expect("a folder");
    let folder = env::var_os("NFT_INVOICE_PICTURES");
    let folder = folder.map_or_else(|| nowhere.path().to_owned(), PathBuf::from);
    let visit = Visit::start().await;
    let checkout = visit.sells().checkout().url().expect("it has a page");
    for scheme in ["light", "dark"] {
        for (name, url) in [("checkout", &checkout)] {
            visit.browser.look(1120, scheme).await;
            visit.browser.open(url).await;
            let picture = visit.browser.screenshot().await.expect("a picture");
            let file = folder.join(format!("{name}-{scheme}.png"));
            fs::write(&file, &picture).expect("the folder can be written to");
            assert!(
                picture.len() < 150_000,
                "{} has {} bytes",
                file.display(),
                picture.len()
            );
        }
    }
}
