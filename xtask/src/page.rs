//! A part of a page that is made from results, between two markers.

use anyhow::{Context, Result};

/// The page with `part` between `<!-- NAME:begin -->` and `<!-- NAME:end -->`.
///
/// # Errors
/// If it has no such markers.
pub fn with_part(page: &str, name: &str, part: &str) -> Result<String> {
    let (begin, end) = (
        format!("<!-- {name}:begin -->\n"),
        format!("<!-- {name}:end -->\n"),
    );
    let (head, rest) = page
        .split_once(&begin)
        .with_context(|| format!("the page has no {}", begin.trim_end()))?;
    let (_, tail) = rest
        .split_once(&end)
        .with_context(|| format!("the page has no {}", end.trim_end()))?;
    Ok(format!("{head}{begin}{part}{end}{tail}"))
}

#[cfg(test)]
mod tests {
    use super::with_part;

    #[test]
    fn a_part_is_replaced_and_a_page_without_markers_refused() {
        let page = "a\n<!-- x:begin -->\nold\n<!-- x:end -->\nb\n";
        let new = with_part(page, "x", "new\n").expect("it has markers");
        assert_eq!(new, "a\n<!-- x:begin -->\nnew\n<!-- x:end -->\nb\n");
        with_part(page, "y", "").expect_err("no markers");
        with_part("<!-- x:begin -->\n", "x", "").expect_err("no end");
    }
}
