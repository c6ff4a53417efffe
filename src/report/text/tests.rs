use super::super::fixture;
use super::*;

fn render(analysis: &Analysis, style: TextStyle) -> String {
    let mut out = Vec::new();
    write(analysis, style, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn show() {
    for (name, a) in [("busy", fixture::busy()), ("clean", fixture::clean()), ("hostile", fixture::hostile())] {
        for width in [60, 80, 120] {
            for (ascii, color) in [(false, false), (true, false), (false, true)] {
                let text = render(&a, TextStyle { width, ascii, color, ..TextStyle::default() });
                std::fs::write(format!("/tmp/show-{name}-{width}-{ascii}-{color}.txt"), text).unwrap();
            }
        }
    }
}
