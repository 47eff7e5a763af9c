//! The real daemon as the methods of `api` see it.

use crate::api::{Host, StdinError};
use crate::base::text::reason;
use crate::base::{Now, Pid, ServiceId, Wall};
use crate::config::supervisord::{Lowered, Single, program};
use crate::engine::{Engine, Event, Input, Note, SpawnError};
use crate::model::{Group, OutputChannel, Service, Settings};
use crate::runtime::daemon::Daemon;
use crate::runtime::{Machine, launch};
use crate::sys::{clock, process};
use std::fs::File;
use std::os::unix::fs::{FileExt, FileTypeExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Host for Daemon {
    fn engine(&self) -> &Engine {
        &self.engine
    }

    fn now(&self) -> Now {
        clock::now()
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn available(&self) -> &[Arc<Group>] {
        &self.available
    }

    fn available_mut(&mut self) -> &mut Vec<Arc<Group>> {
        &mut self.available
    }

    fn lower(
        &mut self,
        group: &str,
        name: &str,
        options: &[(String, String)],
    ) -> Result<Vec<Service>, String> {
        let file = self.settings.config_file.as_deref().map(Path::to_string_lossy).unwrap_or_default();
        let (variables, processes) = (&self.settings.environment, self.engine.service_count());
        let single = Single { file: &file, variables, group, name, options, processes };
        let Lowered { services, notes } = program(&Machine, &single)?;
        for (level, line) in notes {
            self.log.write(level, &line);
        }
        Ok(services)
    }

    fn pid(&self) -> Pid {
        process::own_pid()
    }

    fn apply(&mut self, input: Input) {
        self.put(input);
        self.settle();
    }

    fn check_command(&self, id: ServiceId) -> Result<(), SpawnError> {
        let view = self.engine.service(id).ok_or(SpawnError::Empty)?;
        launch::prepare(view.service(), view.group_name(), &self.base_env, None).map(drop)
    }

    fn check_group(&mut self, group: &Group) -> Result<(), String> {
        self.sockets.check(group, &mut self.log)
    }

    fn reread(&mut self) -> Result<(), String> {
        let fresh = (self.loader)()?;
        self.available = fresh.configuration.groups.into_iter().map(Arc::new).collect();
        for (level, line) in fresh.notes {
            self.log.write(level, &line);
        }
        Ok(())
    }

    fn restart(&mut self) -> Result<(), String> {
        self.read_anew()?;
        self.apply(Input::Restart);
        Ok(())
    }

    fn main_log(&self) -> Option<PathBuf> {
        Some(self.log.path().to_owned())
    }

    fn clear_main_log(&mut self) -> Result<(), String> {
        self.log.clear().map_err(|error| reason(&error))
    }

    fn log_path(&self, id: ServiceId, channel: OutputChannel) -> Option<PathBuf> {
        let view = self.engine.service(id)?;
        self.programs.get(&id)?.log_path(channel, view.service()).map(Path::to_owned)
    }

    fn clear_logs(&mut self, id: ServiceId) -> Result<(), String> {
        let Some(program) = self.programs.get_mut(&id) else { return Ok(()) };
        for channel in OutputChannel::BOTH {
            program.channel(channel).clear().map_err(|error| reason(&error))?;
        }
        Ok(())
    }

    fn file_size(&self, path: &Path) -> Result<Option<u64>, String> {
        match std::fs::metadata(path) {
            Ok(meta) if meta.is_file() => {
                File::open(path).map_err(|error| reason(&error))?;
                Ok(Some(meta.len()))
            }
            Ok(meta) if meta.file_type().is_char_device() => Ok(Some(0)),
            Ok(_) => Err("not a regular file".to_owned()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(reason(&error)),
        }
    }

    fn read_file(&self, path: &Path, offset: u64, length: u64) -> Result<Vec<u8>, String> {
        let size = self.file_size(path)?.unwrap_or(0);
        let length = length.min(size.saturating_sub(offset));
        let mut bytes = vec![0; usize::try_from(length).map_err(|error| error.to_string())?];
        let file = File::open(path).map_err(|error| reason(&error))?;
        let mut read = 0;
        while let Some(rest) = bytes.get_mut(read..).filter(|rest| !rest.is_empty()) {
            match file.read_at(rest, offset + read as u64) {
                Ok(0) => break,
                Ok(count) => read += count,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return Err(reason(&error)),
            }
        }
        bytes.truncate(read);
        Ok(bytes)
    }

    fn write_stdin(&mut self, id: ServiceId, bytes: &[u8]) -> Result<(), StdinError> {
        let stdin = self.programs.get_mut(&id).and_then(|program| program.stdin.as_mut());
        stdin.ok_or(StdinError::Closed)?.write(bytes)
    }

    fn note(&mut self, note: Note) {
        self.log_note(&note);
    }

    fn emit(&mut self, event: Event) {
        self.apply(Input::Event(event));
    }

    fn short_date(&self, wall: Wall) -> String {
        self.zone.civil(wall).short_date()
    }

    fn long_date(&self, wall: Wall) -> String {
        self.zone.civil(wall).long_date()
    }
}
