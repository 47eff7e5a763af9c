//! The types of values: text in, typed value or the original's error text out (`supervisor/datatypes.py`). Each file owns
//! one family; none knows which option it reads.

pub mod account;
pub mod choice;
pub mod ending;
pub mod init;
pub mod list;
pub mod network;
pub mod number;
pub mod path;

pub use account::{identity, owner};
pub use choice::{auto_restart, boolean, child_output, log_format, log_level, signal};
pub use ending::{exit_rules, exit_when};
pub use init::{console_shell, host_name};
pub use list::{exit_codes, list_of_strings, name};
pub use network::{Address, fastcgi_address, hosts, inet_address, url};
pub use number::{Integer, byte_size, integer, octal};
pub use path::{existing_directory, existing_dirpath, expand_user, log_file};
