//! What a stranger's tokenizer and a long text may cost.

use crate::setup::Parts;
use serde_json::Value;
use tokenizers::{ModelWrapper, Tokenizer};

/// Bytes of tokenizer.json, vocab.txt or vocab.json: several times the largest known.
pub const MOST_FILE_BYTES: usize = 128 << 20;
/// Bytes of a text that are tokenized at once; each costs some two hundred of memory.
pub const MOST_TEXT_BYTES: usize = 8 << 20;
/// Bytes that the normalizer may make of a text.
const MOST_NORMALIZED_BYTES: f64 = (64 << 20) as f64;
/// WordPiece takes cubic time in the length of a word; 100 is usual.
const MOST_CHARS_PER_WORD: usize = 1000;
/// Tokens of all windows of a text.
const MOST_WINDOW_TOKENS: usize = 16 << 20;
/// Texts up to this size are tokenized whole.
const LONG_TEXT: usize = 256 << 10;

pub fn check_file(name: &str, size: usize) -> Result<(), String> {
    if size <= MOST_FILE_BYTES {
        return Ok(());
    }
    Err(format!(
        "{name} has {size} bytes; at most {MOST_FILE_BYTES} are read"
    ))
}

pub fn check_model(tokenizer: &Tokenizer) -> Result<(), String> {
    match tokenizer.get_model() {
        ModelWrapper::WordPiece(model) if model.max_input_chars_per_word > MOST_CHARS_PER_WORD => {
            Err(format!(
                "max_input_chars_per_word is {}; at most {MOST_CHARS_PER_WORD} are tokenized",
                model.max_input_chars_per_word
            ))
        }
        _ => Ok(()),
    }
}

/// How many times as long the normalizer can make a text, by the replacements that its author has
/// chosen: twenty that double each letter make a million of one.
pub fn growth_of(tokenizer: &Tokenizer) -> f64 {
    serde_json::to_value(tokenizer.get_normalizer()).map_or(1.0, |value| growth(&value))
}

fn growth(normalizer: &Value) -> f64 {
    let length = |value: &Value| value.as_str().map_or(0, str::len) as f64;
    match normalizer["type"].as_str() {
        Some("Sequence") => normalizer["normalizers"]
            .as_array()
            .map_or(1.0, |all| all.iter().map(growth).product()),
        Some("Prepend") => 1.0 + length(&normalizer["prepend"]),
        Some("Replace") => {
            let content = length(&normalizer["content"]);
            // An expression can match one byte, or none before each.
            match length(&normalizer["pattern"]["String"]) {
                0.0 => 1.0 + content,
                pattern => f64::max(1.0, content / pattern),
            }
        }
        _ => 1.0,
    }
}

pub fn check_text(parts: &Parts, bytes: usize) -> Result<(), String> {
    if bytes > MOST_TEXT_BYTES {
        return Err(format!(
            "a text of {bytes} bytes; at most {MOST_TEXT_BYTES} are tokenized at once"
        ));
    }
    if bytes as f64 * parts.growth > MOST_NORMALIZED_BYTES {
        return Err(format!(
            "the normalizer may make a text of {bytes} bytes {:.0} times as long; at most \
             {MOST_NORMALIZED_BYTES} bytes are tokenized",
            parts.growth
        ));
    }
    Ok(())
}

/// Windows that hardly advance hold each token hundreds of times.
pub fn check_windows(windows: usize, tokens: usize) -> Result<(), String> {
    if windows.saturating_mul(tokens) <= MOST_WINDOW_TOKENS {
        return Ok(());
    }
    Err(format!(
        "{windows} windows of {tokens} tokens; at most {MOST_WINDOW_TOKENS} tokens in all: raise \
         max_seq_length or lower doc_stride"
    ))
}

/// As much of a long text as its first `kept` tokens come from: whole words that hold more than
/// twice as many, so that the tokens kept lie far from where it ends.
pub fn beginning<'a>(parts: &Parts, text: &'a str, kept: usize) -> Result<&'a str, String> {
    let mut size = LONG_TEXT;
    while size < text.len() {
        let start = &text.as_bytes()[..size];
        // White space is one byte, so that no character is cut.
        if let Some(end) = start.iter().rposition(u8::is_ascii_whitespace) {
            let words = &text[..end];
            check_text(parts, words.len())?;
            let tokens = parts
                .tokenizer
                .encode_char_offsets(words, false)
                .map_err(|e| e.to_string())?
                .len();
            if tokens / 2 > kept {
                return Ok(words);
            }
        }
        size = size.saturating_mul(4);
    }
    Ok(text)
}
