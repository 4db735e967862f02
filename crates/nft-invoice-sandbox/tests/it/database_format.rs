//! The format of the database, written a second time from its description.

use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

/// Where the rows begin.
pub const ROWS: usize = 8192;

/// The rows of an intact file: JSON arrays.
pub fn rows(path: &Path) -> Vec<String> {
    let bytes = fs::read(path).unwrap();
    let rows = str::from_utf8(&bytes[ROWS..]).unwrap().lines();
    rows.map(|row| row.split_once(' ').unwrap().1.to_owned())
        .collect()
}

/// Writes a file with these rows, and right checksums.
pub fn write(path: &Path, rows: &[String]) {
    let lines = lines(rows);
    let heads = [rows.len() - rows.len() % 2, (rows.len() - 1) | 1];
    let heads = heads.map(|number| {
        let number = number.min(rows.len());
        let checksum = match number {
            0 => hex::encode([0; 32]),
            number => lines[number - 1][..64].to_owned(),
        };
        head(number, &checksum)
    });
    fs::write(path, heads.concat() + &lines.concat()).unwrap();
}

/// The lines of the file, each with the checksum over the rows up to it.
pub fn lines(rows: &[String]) -> Vec<String> {
    let mut checksum = [0; 32];
    let line = |(place, row): (usize, &String)| {
        let digest = Sha256::new()
            .chain_update(checksum)
            .chain_update((place as u64 + 1).to_be_bytes())
            .chain_update(row);
        checksum = digest.finalize().into();
        format!("{} {row}\n", hex::encode(checksum))
    };
    rows.iter().enumerate().map(line).collect()
}

/// The block that says which row was acknowledged last.
pub fn head(number: usize, checksum: &str) -> String {
    titled(&format!(
        "nft-invoice sandbox database 1 {number} {checksum}"
    ))
}

/// A block with this text and its checksum.
pub fn titled(text: &str) -> String {
    let text = format!("{text} {}", hex::encode(Sha256::digest(text)));
    format!("{text:<4095}\n")
}
