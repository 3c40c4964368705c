//! C ABI; see tokenizers_abi.h, which says what each function does.

mod bounds;
mod encode;
mod setup;

use std::ffi::{c_char, c_int, CString};
use std::panic::{catch_unwind, set_hook, AssertUnwindSafe};
use std::sync::Once;

use encode::{ByteOffsets, Options};
use setup::{Parts, Setup};
use tokenizers::InputSequence;

#[repr(C)]
#[derive(Clone, Copy)]
pub struct Text {
    data: *const u8,
    size: usize,
}

impl Text {
    unsafe fn bytes<'a>(self) -> &'a [u8] {
        if self.size == 0 {
            return &[];
        }
        std::slice::from_raw_parts(self.data, self.size)
    }

    unsafe fn text<'a>(self, name: &str) -> Result<&'a str, String> {
        std::str::from_utf8(self.bytes())
            .map_err(|e| format!("{name} is not valid UTF-8 (byte {})", e.valid_up_to()))
    }
}

/// One window in the form that the ABI hands out.
struct Window {
    ids: Vec<u32>,
    type_ids: Vec<u32>,
    attention_mask: Vec<u32>,
    offsets: Vec<usize>,
    word_ids: Vec<i32>,
    sequence_ids: Vec<i32>,
}

pub struct Encodings(Vec<Window>);

#[repr(C)]
pub struct EncodingView {
    length: usize,
    ids: *const u32,
    type_ids: *const u32,
    attention_mask: *const u32,
    offsets: *const usize,
    word_ids: *const i32,
    sequence_ids: *const i32,
}

/// `source` names the source text of a token by its sequence and word.
fn window(
    encoding: tokenizers::Encoding,
    sources: &[ByteOffsets],
    source: impl Fn(usize, usize) -> usize,
) -> Window {
    let signed = |index: Option<usize>| index.map_or(-1, |value| value as i32);
    let sequences = encoding.get_sequence_ids();
    let words = encoding.get_word_ids();
    let mut offsets = Vec::with_capacity(2 * encoding.len());
    for (i, &(begin, end)) in encoding.get_offsets().iter().enumerate() {
        let word = words[i].unwrap_or(0) as usize;
        match sequences[i].and_then(|sequence| sources.get(source(sequence, word))) {
            Some(bytes) => offsets.extend([bytes.at(begin), bytes.at(end)]),
            None => offsets.extend([0, 0]),
        }
    }
    Window {
        ids: encoding.get_ids().to_vec(),
        type_ids: encoding.get_type_ids().to_vec(),
        attention_mask: encoding.get_attention_mask().to_vec(),
        offsets,
        word_ids: words
            .iter()
            .map(|word| signed(word.map(|w| w as usize)))
            .collect(),
        sequence_ids: sequences.into_iter().map(signed).collect(),
    }
}

/// Runs `body`; an error or a panic becomes NULL and a message.
unsafe fn guarded<T>(error: *mut *mut c_char, body: impl FnOnce() -> Result<T, String>) -> *mut T {
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        // A panic is reported as an error by the caller; it must not write to the terminal too.
        set_hook(Box::new(|_| {}));
        // Threads belong to the caller: a pool of the library's own would disturb measurements.
        tokenizers::parallelism::set_parallelism(false);
    });
    let message = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(value)) => return Box::into_raw(Box::new(value)),
        Ok(Err(message)) => message,
        Err(panic) => match (panic.downcast_ref::<String>(), panic.downcast_ref::<&str>()) {
            (Some(text), _) => text.clone(),
            (None, Some(text)) => text.to_string(),
            (None, None) => "the tokenizers library failed".to_string(),
        },
    };
    if !error.is_null() {
        *error = CString::new(message.replace('\0', " "))
            .unwrap_or_default()
            .into_raw();
    }
    std::ptr::null_mut()
}

fn parse_setup(text: &[u8]) -> Result<Setup, String> {
    serde_json::from_slice(text).map_err(|e| format!("setup: {e}"))
}

#[no_mangle]
pub unsafe extern "C" fn tokenizers_abi_from_json(
    json: Text,
    setup: Text,
    error: *mut *mut c_char,
) -> *mut Parts {
    guarded(error, || {
        bounds::check_file("the file", json.size)?;
        setup::from_json(json.bytes(), &parse_setup(setup.bytes())?)
    })
}

#[no_mangle]
pub unsafe extern "C" fn tokenizers_abi_from_wordpiece(
    vocab: Text,
    setup: Text,
    error: *mut *mut c_char,
) -> *mut Parts {
    guarded(error, || {
        bounds::check_file("the file", vocab.size)?;
        setup::from_wordpiece(vocab.bytes(), &parse_setup(setup.bytes())?)
    })
}

#[no_mangle]
pub unsafe extern "C" fn tokenizers_abi_from_byte_level_bpe(
    vocab: Text,
    merges: Text,
    setup: Text,
    error: *mut *mut c_char,
) -> *mut Parts {
    guarded(error, || {
        bounds::check_file("the file", vocab.size)?;
        bounds::check_file("merges.txt", merges.size)?;
        let setup = parse_setup(setup.bytes())?;
        setup::from_byte_level_bpe(vocab.bytes(), merges.text("merges.txt")?, &setup)
    })
}

#[no_mangle]
pub unsafe extern "C" fn tokenizers_abi_free(tokenizer: *mut Parts) {
    if !tokenizer.is_null() {
        drop(Box::from_raw(tokenizer));
    }
}

#[no_mangle]
pub unsafe extern "C" fn tokenizers_abi_token_to_id(
    tokenizer: *const Parts,
    token: Text,
    id: *mut u32,
) -> c_int {
    let lookup = || {
        let token = std::str::from_utf8(token.bytes()).ok()?;
        (*tokenizer).tokenizer.token_to_id(token)
    };
    match catch_unwind(AssertUnwindSafe(lookup)) {
        Ok(Some(value)) => {
            *id = value;
            1
        }
        _ => 0,
    }
}

#[no_mangle]
pub unsafe extern "C" fn tokenizers_abi_encode(
    tokenizer: *const Parts,
    text: Text,
    pair: *const Text,
    options: *const Options,
    error: *mut *mut c_char,
) -> *mut Encodings {
    guarded(error, || {
        let (parts, options) = (&*tokenizer, &*options);
        let mut text = text.text("the text")?;
        if pair.is_null() && encode::keeps_the_beginning(options) {
            text = bounds::beginning(parts, text, options.max_length)?;
        }
        let pair = match pair.as_ref() {
            Some(pair) => Some(pair.text("the second text")?),
            None => None,
        };
        bounds::check_text(parts, text.len())?;
        bounds::check_text(parts, pair.map_or(0, str::len))?;
        let sources = [ByteOffsets::of(text), ByteOffsets::of(pair.unwrap_or(""))];
        let encodings = encode::encode(parts, text.into(), pair.map(Into::into), options)?;
        let windows = encodings
            .into_iter()
            .map(|encoding| window(encoding, &sources, |sequence, _| sequence));
        Ok(Encodings(windows.collect()))
    })
}

#[no_mangle]
pub unsafe extern "C" fn tokenizers_abi_encode_words(
    tokenizer: *const Parts,
    words: *const Text,
    count: usize,
    options: *const Options,
    error: *mut *mut c_char,
) -> *mut Encodings {
    guarded(error, || {
        let words = if count == 0 {
            &[]
        } else {
            std::slice::from_raw_parts(words, count)
        };
        let words = words
            .iter()
            .enumerate()
            .map(|(index, word)| word.text(&format!("word {index}")))
            .collect::<Result<Vec<&str>, String>>()?;
        bounds::check_text(&*tokenizer, words.iter().map(|word| word.len()).sum())?;
        let sources: Vec<ByteOffsets> = words.iter().map(|word| ByteOffsets::of(word)).collect();
        let encodings = encode::encode(&*tokenizer, InputSequence::from(words), None, &*options)?;
        let windows = encodings
            .into_iter()
            .map(|encoding| window(encoding, &sources, |_, word| word));
        Ok(Encodings(windows.collect()))
    })
}

#[no_mangle]
pub unsafe extern "C" fn tokenizers_abi_count(encodings: *const Encodings) -> usize {
    encodings.as_ref().map_or(0, |encodings| encodings.0.len())
}

#[no_mangle]
pub unsafe extern "C" fn tokenizers_abi_get(
    encodings: *const Encodings,
    index: usize,
) -> EncodingView {
    match encodings
        .as_ref()
        .and_then(|encodings| encodings.0.get(index))
    {
        Some(window) => EncodingView {
            length: window.ids.len(),
            ids: window.ids.as_ptr(),
            type_ids: window.type_ids.as_ptr(),
            attention_mask: window.attention_mask.as_ptr(),
            offsets: window.offsets.as_ptr(),
            word_ids: window.word_ids.as_ptr(),
            sequence_ids: window.sequence_ids.as_ptr(),
        },
        None => std::mem::zeroed(),
    }
}

#[no_mangle]
pub unsafe extern "C" fn tokenizers_abi_free_encodings(encodings: *mut Encodings) {
    if !encodings.is_null() {
        drop(Box::from_raw(encodings));
    }
}

#[no_mangle]
pub unsafe extern "C" fn tokenizers_abi_free_string(string: *mut c_char) {
    if !string.is_null() {
        drop(CString::from_raw(string));
    }
}
