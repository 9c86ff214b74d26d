//! Names and comments, as the two languages want them.

/// `store_to_text` as `StoreToText`.
pub fn camel(name: &str) -> String {
    name.split('_')
        .map(|part| {
            let mut letters = part.chars();
            letters
                .next()
                .map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
                .unwrap_or_default()
        })
        .collect()
}

/// `store_to_text` as `STORE_TO_TEXT`.
pub fn upper(name: &str) -> String {
    name.to_ascii_uppercase()
}

/// `text` with a capital first letter and a full stop.
pub fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let mut sentence = letters
        .next()
        .map(|first| first.to_uppercase().to_string() + letters.as_str())
        .unwrap_or_default();
    if !sentence.ends_with('.') {
        sentence.push('.');
    }
    sentence
}
