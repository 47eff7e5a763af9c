//! The pure parts of the web page: who may order something, what an order leads to, and the page as it is without scripts.

pub mod guard;
pub mod order;
pub mod page;

pub use guard::{Gate, is_token};
pub use order::Order;
pub use page::{Filling, escape, page};
