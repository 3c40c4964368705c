//! Encodes with the truncation and padding of the call.

use crate::bounds;
use crate::setup::Parts;
use tokenizers::utils::padding::{pad_encodings, PaddingDirection, PaddingParams, PaddingStrategy};
use tokenizers::utils::truncation::{
    truncate_encodings, TruncationDirection, TruncationParams, TruncationStrategy,
};
use tokenizers::{Encoding, InputSequence, PostProcessor};

#[repr(C)]
pub struct Options {
    pub truncation: u32,
    pub truncate_left: u32,
    pub max_length: usize,
    pub stride: usize,
    pub pad_to: usize,
    pub pad_left: u32,
    pub pad_id: u32,
    pub pad_type_id: u32,
}

/// The first window and, where truncation left something over, the others.
pub fn encode(
    parts: &Parts,
    text: InputSequence,
    pair: Option<InputSequence>,
    options: &Options,
) -> Result<Vec<Encoding>, String> {
    let tokenizer = &parts.tokenizer;
    let mut first = tokenizer
        .encode_char_offsets(text, false)
        .map_err(|e| e.to_string())?;
    let mut second = match pair {
        Some(pair) => {
            let mut encoding = tokenizer
                .encode_char_offsets(pair, false)
                .map_err(|e| e.to_string())?;
            encoding.set_type_ids(vec![1; encoding.len()]);
            Some(encoding)
        }
        None => None,
    };
    if options.truncation != 0 {
        (first, second) = truncate(parts, first, second, options)?;
    }
    let mut whole = [match (&parts.post_processor, second) {
        (Some(processor), second) => processor
            .process(first, second, true)
            .map_err(|e| e.to_string())?,
        (None, None) => first,
        (None, Some(second)) => <dyn PostProcessor>::default_process(vec![first, second], true)
            .map_err(|e| e.to_string())?
            .pop()
            .ok_or("the post-processor returned nothing")?,
    }];
    if options.pad_to > 0 {
        let params = PaddingParams {
            strategy: PaddingStrategy::Fixed(options.pad_to),
            direction: if options.pad_left != 0 {
                PaddingDirection::Left
            } else {
                PaddingDirection::Right
            },
            pad_to_multiple_of: None,
            pad_id: options.pad_id,
            pad_type_id: options.pad_type_id,
            pad_token: String::new(),
        };
        pad_encodings(&mut whole, &params).map_err(|e| e.to_string())?;
    }
    let [mut whole] = whole;
    let others = whole.take_overflowing();
    let mut windows = vec![whole];
    windows.extend(others);
    Ok(windows)
}

/// Whether what is kept of a single text is where it begins, and nothing else is asked for.
pub fn keeps_the_beginning(options: &Options) -> bool {
    let cuts_the_text = options.truncation == 1 || options.truncation == 2;
    cuts_the_text && options.truncate_left == 0 && options.stride == 0
}

fn truncate(
    parts: &Parts,
    first: Encoding,
    second: Option<Encoding>,
    options: &Options,
) -> Result<(Encoding, Option<Encoding>), String> {
    let special = parts
        .post_processor
        .as_ref()
        .map_or(0, |p| p.added_tokens(second.is_some()));
    let Some(room) = options.max_length.checked_sub(special) else {
        return Err(format!(
            "max_length {} leaves no room beside {special} special tokens",
            options.max_length
        ));
    };
    let strategy = match options.truncation {
        1 => TruncationStrategy::LongestFirst,
        2 => TruncationStrategy::OnlyFirst,
        3 => TruncationStrategy::OnlySecond,
        other => return Err(format!("unknown truncation strategy {other}")),
    };
    // The library would stop the program on a stride that never advances.
    let total = first.len() + second.as_ref().map_or(0, Encoding::len);
    if options.stride > 0 && total > room {
        let target = match strategy {
            TruncationStrategy::OnlySecond => second.as_ref().map_or(0, Encoding::len),
            TruncationStrategy::OnlyFirst => first.len(),
            TruncationStrategy::LongestFirst => total,
        };
        let kept = target.saturating_sub(total - room);
        if kept > 0 && options.stride >= kept {
            return Err(format!(
                "stride {} must be less than the {kept} tokens that a window keeps of the text",
                options.stride
            ));
        }
        if kept > 0 {
            let windows = (target - kept).div_ceil(kept - options.stride) + 1;
            bounds::check_windows(windows, options.max_length)?;
        }
    }
    let params = TruncationParams {
        direction: if options.truncate_left != 0 {
            TruncationDirection::Left
        } else {
            TruncationDirection::Right
        },
        max_length: room,
        strategy,
        stride: options.stride,
    };
    truncate_encodings(first, second, &params).map_err(|e| e.to_string())
}

/// Turns offsets in characters of a source text into offsets in its bytes. The library can count in
/// bytes itself, but then trims the ends of byte-level tokens in another way than the reference.
pub struct ByteOffsets(Option<Vec<usize>>);

impl ByteOffsets {
    pub fn of(text: &str) -> Self {
        if text.is_ascii() {
            return ByteOffsets(None);
        }
        let mut starts: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
        starts.push(text.len());
        ByteOffsets(Some(starts))
    }

    pub fn at(&self, character: usize) -> usize {
        match &self.0 {
            None => character,
            Some(starts) => starts[character.min(starts.len() - 1)],
        }
    }
}
