//! Files that are no logs, that change, or that never end.

use super::super::*;
use super::{events, folder, log, packed, read_one, read_paths, record, write};

fn refused(evidence: &TrailEvidence) -> Vec<String> {
    let said = |finding: &Finding| {
        let name = finding.places[0].file.rsplit('/').next().unwrap_or_default().to_owned();
        format!("{name}: {}", finding.message)
    };
    evidence.refused.iter().map(said).collect()
}

#[test]
fn files_without_a_byte_are_named_and_the_others_count() {
    let folder = folder();
    write(folder.path(), "a.json", b"");
    write(folder.path(), "b.json.gz", &packed(b""));
    write(folder.path(), "c.json", b" \n");
    write(folder.path(), "d.json", b"\xef\xbb\xbf");
    write(folder.path(), "good.json", &log(0..1));
    let evidence = read_one(folder.path()).unwrap();
    assert_eq!(events(&evidence), 1);
    assert_eq!(
        refused(&evidence),
        ["a.json", "b.json.gz", "c.json", "d.json"]
            .map(|name| format!("{name}: the file is empty"))
    );
}

#[test]
fn a_gzip_bomb_is_refused_by_the_limit_that_it_breaks() {
    let folder = folder();
    // A thousand members of a mebibyte of blanks each: the record limit ends it long before the ratio does.
    let blanks = packed(&vec![b' '; 1 << 20]);
    write(folder.path(), "blanks.json.gz", &blanks.repeat(1_000));
    let one = record(0);
    let head = one.strip_suffix('}').unwrap();
    let text = format!("[{head},\"responseElements\":\"{}\"}}]", "x".repeat(10 << 20));
    write(folder.path(), "record.json.gz", &packed(text.as_bytes()));
    write(folder.path(), "good.json", &log(0..1));
    let evidence = read_one(folder.path()).unwrap();
    assert_eq!(events(&evidence), 1);
    assert_eq!(
        refused(&evidence),
        [
            "blanks.json.gz: longer than 8388608 bytes, which no CloudTrail record is",
            "record.json.gz: longer than 8388608 bytes, which no CloudTrail record is",
        ]
    );
}

#[test]
fn rubbish_after_a_gzip_member_refuses_the_file() {
    let folder = folder();
    let rubbish = [packed(&log(0..2)), b"rubbish".to_vec()].concat();
    write(folder.path(), "a.json.gz", &rubbish);
    let cut = packed(&log(2..4));
    write(folder.path(), "b.json.gz", &[packed(record(9).as_bytes()), cut[..40].to_vec()].concat());
    write(folder.path(), "good.json", &log(5..6));
    let evidence = read_one(folder.path()).unwrap();
    assert_eq!(events(&evidence), 1);
    assert_eq!(
        refused(&evidence),
        [
            "a.json.gz: cannot be read: its gzip data end too early",
            "b.json.gz: cannot be read: its gzip data end too early",
        ]
    );
}

#[test]
fn a_file_that_vanishes_or_shrinks_before_it_is_read_is_named() {
    let folder = folder();
    let gone = write(folder.path(), "gone.json", &log(0..1));
    let short = write(folder.path(), "short.json.gz", &packed(&log(1..40)));
    write(folder.path(), "good.json", &log(50..51));
    let sources = files::find(&[folder.path().to_owned()]).unwrap();
    std::fs::remove_file(gone).unwrap();
    let file = std::fs::OpenOptions::new().write(true).open(short).unwrap();
    file.set_len(100).unwrap();
    let inputs: Vec<Input> = sources.into_iter().map(|source| (source, None)).collect();
    let whole = Mutex::new(Aggregate::new());
    let mut unused = read_all(&inputs, &whole, &Progress::hidden()).unwrap();
    unused.sort_by(|a, b| a.places.cmp(&b.places));
    let observations = whole.into_inner().unwrap().finish().unwrap();
    let evidence = TrailEvidence { observations, refused: unused, ..TrailEvidence::default() };
    assert_eq!(events(&evidence), 1);
    let said = refused(&evidence);
    assert!(said[0].starts_with("gone.json: cannot be opened: "), "{said:?}");
    assert_eq!(said[1], "short.json.gz: cannot be read: its gzip data end too early");
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::{PermissionsExt, symlink};
    use std::process::Command;

    use super::*;

    #[test]
    fn a_file_without_permission_is_named_and_the_others_count() {
        let folder = folder();
        let path = write(folder.path(), "a.json", &log(0..1));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
        write(folder.path(), "good.json", &log(1..2));
        let evidence = read_one(folder.path()).unwrap();
        // The superuser may read it all the same.
        if std::fs::read(&path).is_ok() {
            assert_eq!(events(&evidence), 2);
        } else {
            assert_eq!(events(&evidence), 1);
            let said = refused(&evidence);
            assert!(said[0].starts_with("a.json: cannot be opened: Permission denied"), "{said:?}");
        }
    }

    #[test]
    fn links_that_lead_nowhere_are_told_by_name() {
        for target in ["nothing.json", "loop.json"] {
            let folder = folder();
            write(folder.path(), "good.json", &log(0..1));
            symlink(target, folder.path().join("loop.json")).unwrap();
            let failure = read_one(folder.path()).unwrap_err();
            assert_eq!(failure.exit(), crate::Exit::BadInput);
            assert!(failure.to_string().contains("loop.json` "), "{failure}");
        }
    }

    #[test]
    fn a_link_to_a_log_is_the_log() {
        let folder = folder();
        write(folder.path(), "a.json", &log(0..1));
        symlink("a.json", folder.path().join("b.json")).unwrap();
        let evidence = read_one(folder.path()).unwrap();
        assert_eq!((evidence.observations.files, events(&evidence)), (2, 1));
    }

    #[test]
    fn a_pipe_in_a_folder_is_passed_over_and_one_that_is_named_is_read() {
        let folder = folder();
        write(folder.path(), "logs/good.json", &log(0..1));
        let pipe = folder.path().join("logs/pipe.json");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        assert_eq!(events(&read_one(&folder.path().join("logs")).unwrap()), 1);
        let bytes = packed(&log(1..60));
        let writer = std::thread::spawn({
            let pipe = pipe.clone();
            move || std::fs::write(pipe, bytes)
        });
        assert_eq!(events(&read_one(&pipe).unwrap()), 59);
        writer.join().unwrap().unwrap();
    }

    #[test]
    fn devices_are_read_as_what_they_hold() {
        let empty = read_paths(&["/dev/null".into()]).unwrap_err();
        assert!(empty.to_string().contains("the file is empty"), "{empty}");
        let endless = read_paths(&["/dev/zero".into()]).unwrap_err();
        assert!(endless.to_string().contains("not JSON"), "{endless}");
    }
}
