//! The commands of docs/rotation.md do what the page describes.

use super::*;
use crate::support::root;

#[test]
fn cron_ci_and_kubernetes_commands_work_and_are_idempotent() {
    let readme = std::fs::read_to_string(root().join("docs/rotation.md")).unwrap();
    let section =
        readme.split("\n## ").find(|section| section.starts_with("Rotate in CI")).unwrap();
    let mut commands = 0;
    let mut block = "";
    for line in section.lines() {
        if let Some(kind) = line.strip_prefix("```") {
            block = kind;
        }
        if !["crontab", "yaml"].contains(&block) {
            continue;
        }
        let Some(start) = line.find("mkdir").or(line.find("jotsmith rotate")) else {
            continue;
        };
        let command = line[start..].trim_end_matches("']");
        let folder = Folder::new();
        let places = [
            ("/etc/jotsmith", "etc"),
            ("/var/www", "www"),
            ("/var/log", "log"),
            ("/keys", "keys"),
            ("/public", "public"),
        ];
        let mut here = command.to_owned();
        for (there, name) in places {
            std::fs::create_dir(folder.path(name)).unwrap();
            here = here.replace(&format!(" {there}/"), &format!(" {name}/"));
        }
        assert!(
            !here.contains(" /") || here.ends_with(" > /dev/null"),
            "{here}"
        );
        folder.shell(&here).accepted();
        let files = || {
            folder.shell("find . -name '*.jw*' -not -name '*.lock' | sort | xargs cat").accepted()
        };
        let before = files();
        assert!(
            before.contains(r#"{"keys":[{"kty":"EC""#),
            "{here}: {before}"
        );
        folder.shell(&here).accepted();
        assert_eq!(files(), before, "{here}");
        commands += 1;
    }
    assert_eq!(commands, 4);
}
