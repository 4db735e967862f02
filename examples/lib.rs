//! Programs to read in the order of their numbers. Each runs by itself, without a network:
//! `cargo run -p nft-invoice-examples --example validate`.
