//! The world with a memory, so that a configuration of ten thousand programs asks about each
//! file, folder and user once.

use crate::base::{Gid, Uid};
use crate::config::World;
use crate::model::Identity;
use std::cell::RefCell;
use std::collections::HashMap;

/// A world that remembers what it answered. Lives as long as one reading.
pub(crate) struct Facts<'w> {
    world: &'w dyn World,
    files: RefCell<HashMap<String, Result<Vec<u8>, String>>>,
    dirs: RefCell<HashMap<String, bool>>,
    executables: RefCell<HashMap<String, bool>>,
    users: RefCell<HashMap<String, Option<Identity>>>,
    uids: RefCell<HashMap<Uid, Option<Identity>>>,
}

impl<'w> Facts<'w> {
    pub(crate) fn new(world: &'w dyn World) -> Facts<'w> {
        Facts {
            world,
            files: RefCell::default(),
            dirs: RefCell::default(),
            executables: RefCell::default(),
            users: RefCell::default(),
            uids: RefCell::default(),
        }
    }
}

fn remembered<V: Clone>(memory: &RefCell<HashMap<String, V>>, question: &str, ask: impl FnOnce() -> V) -> V {
    if let Some(answer) = memory.borrow().get(question) {
        return answer.clone();
    }
    let answer = ask();
    memory.borrow_mut().insert(question.to_owned(), answer.clone());
    answer
}

impl World for Facts<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        remembered(&self.files, path, || self.world.read(path))
    }

    fn exists(&self, path: &str) -> bool {
        self.world.exists(path)
    }

    fn is_dir(&self, path: &str) -> bool {
        remembered(&self.dirs, path, || self.world.is_dir(path))
    }

    fn is_executable(&self, path: &str) -> bool {
        remembered(&self.executables, path, || self.world.is_executable(path))
    }

    fn is_writable(&self, path: &str) -> bool {
        self.world.is_writable(path)
    }

    fn glob(&self, pattern: &str) -> Vec<String> {
        self.world.glob(pattern)
    }

    fn user(&self, name: &str) -> Option<Identity> {
        remembered(&self.users, name, || self.world.user(name))
    }

    fn user_by_id(&self, uid: Uid) -> Option<Identity> {
        if let Some(answer) = self.uids.borrow().get(&uid) {
            return answer.clone();
        }
        let answer = self.world.user_by_id(uid);
        self.uids.borrow_mut().insert(uid, answer.clone());
        answer
    }

    fn group(&self, name: &str) -> Option<Gid> {
        self.world.group(name)
    }

    fn group_exists(&self, gid: Gid) -> bool {
        self.world.group_exists(gid)
    }

    fn environment(&self) -> Vec<(String, String)> {
        self.world.environment()
    }

    fn current_dir(&self) -> String {
        self.world.current_dir()
    }

    fn host_name(&self) -> String {
        self.world.host_name()
    }

    fn temp_dir(&self) -> String {
        self.world.temp_dir()
    }

    fn uid(&self) -> Uid {
        self.world.uid()
    }
}
