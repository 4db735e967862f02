use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use sha2::{Digest, Sha256};

use super::checksum_chain::Link;
use super::error::DatabaseError;
use super::recover::IntactData;

/// The version of the file. The heads show it.
pub(super) const VERSION: u32 = 1;

/// A head is this text, the version, the number and the checksum of the last acknowledged row, and a checksum of all that,
/// filled up to a block with spaces.
const TITLE: &str = "nft-invoice sandbox database ";

/// Two heads, each in a block of its own, are written in turn: an interrupted write damages one of them only, and no damage
/// of one block removes the heads and the last row.
const BLOCK: usize = 4096;

/// Where the rows begin.
pub(super) const ROWS: u64 = 2 * BLOCK as u64;

/// Reads the number and the checksum of the last acknowledged row.
pub(super) fn read(file: &mut File) -> Result<Link, DatabaseError> {
    let mut blocks = Vec::new();
    file.seek(SeekFrom::Start(0))?;
    Read::by_ref(file).take(ROWS).read_to_end(&mut blocks)?;
    if blocks.is_empty() {
        return Err(DatabaseError::Empty);
    }
    let heads: Vec<_> = blocks.chunks(BLOCK).map(String::from_utf8_lossy).collect();
    let whole = heads.iter().filter_map(|head| whole(head));
    if let Some(version) = whole.clone().filter_map(version).max()
        && version > VERSION
    {
        return Err(DatabaseError::Newer { version });
    }
    if let Some(newest) = whole.filter_map(parse).max_by_key(|head| head.number) {
        return Ok(newest);
    }
    let left = IntactData::of(file)?;
    match left.events == 0 && !heads.iter().any(|head| head.starts_with(TITLE)) {
        true => Err(DatabaseError::Foreign),
        false => Err(DatabaseError::Damaged(left)),
    }
}

/// Acknowledges all rows up to `last`.
pub(super) fn write(file: &mut File, last: Link) -> io::Result<()> {
    write_block(file, last.number, last)
}

/// Takes the acknowledgement of the row after `last` back.
pub(super) fn restore(file: &mut File, last: Link) -> io::Result<()> {
    write_block(file, last.number + 1, last)
}

fn write_block(file: &mut File, row: u64, last: Link) -> io::Result<()> {
    file.seek(SeekFrom::Start(BLOCK as u64 * (row % 2)))?;
    file.write_all(head(last).as_bytes())?;
    file.sync_data()
}

/// Writes the heads of a file without rows.
pub(super) fn write_new(file: &mut File) -> io::Result<()> {
    let head = head(Link::default());
    file.seek(SeekFrom::Start(0))?;
    file.write_all(head.repeat(2).as_bytes())?;
    file.sync_all()
}

fn head(last: Link) -> String {
    let (number, checksum) = (last.number, hex::encode(last.checksum));
    let text = format!("{TITLE}{VERSION} {number} {checksum}");
    let width = BLOCK - 1 - text.len() - 1;
    format!("{text} {:<width$}\n", check(&text))
}

/// The text of a head that is whole.
fn whole(head: &str) -> Option<&str> {
    let (text, checked) = head.trim_end().rsplit_once(' ')?;
    (check(text) == checked).then_some(text)
}

fn parse(text: &str) -> Option<Link> {
    let mut words = text.strip_prefix(TITLE)?.split(' ').skip(1);
    let number = words.next()?.parse().ok()?;
    let checksum = hex::FromHex::from_hex(words.next()?).ok()?;
    Some(Link { number, checksum })
}

fn version(text: &str) -> Option<u32> {
    let (version, _) = text.strip_prefix(TITLE)?.split_once(' ')?;
    version.parse().ok()
}

fn check(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}
