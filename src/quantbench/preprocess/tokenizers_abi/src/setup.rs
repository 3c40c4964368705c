//! Builds a tokenizer from a model's files, as the reference's tokenizer classes do.

use crate::bounds;
use serde::Deserialize;
use tokenizers::models::bpe::{Vocab, BPE};
use tokenizers::models::wordpiece::WordPiece;
use tokenizers::normalizers::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::pre_tokenizers::byte_level::ByteLevel;
use tokenizers::processors::roberta::RobertaProcessing;
use tokenizers::processors::template::TemplateProcessing;
use tokenizers::{AddedToken, ModelWrapper, PostProcessorWrapper, Tokenizer};

/// How a tokenizer differs from what its files say. The caller reads it from tokenizer_config.json.
#[derive(Deserialize, Default)]
#[serde(default)]
pub struct Setup {
    /// The class is BERT's: these replace the normalizer of tokenizer.json.
    pub bert: Option<Bert>,
    /// The class is RoBERTa's: these replace the byte-level settings of tokenizer.json.
    pub roberta: Option<Roberta>,
    pub unk_token: Option<String>,
    pub cls_token: Option<String>,
    pub sep_token: Option<String>,
    /// Tokens that must be there, in this order; those that the files have already are left alone.
    pub added_tokens: Vec<Added>,
}

#[derive(Deserialize)]
pub struct Bert {
    pub do_lower_case: bool,
    pub tokenize_chinese_chars: bool,
    pub strip_accents: Option<bool>,
}

#[derive(Deserialize)]
pub struct Roberta {
    pub add_prefix_space: bool,
    pub trim_offsets: bool,
}

#[derive(Deserialize)]
#[serde(default)]
pub struct Added {
    pub content: String,
    pub single_word: bool,
    pub lstrip: bool,
    pub rstrip: bool,
    pub normalized: bool,
    pub special: bool,
}

impl Default for Added {
    fn default() -> Self {
        Added {
            content: String::new(),
            single_word: false,
            lstrip: false,
            rstrip: false,
            normalized: false,
            special: true,
        }
    }
}

/// A tokenizer that neither truncates nor pads nor adds special tokens of itself, and the
/// post-processor that does the last: truncation and padding belong to the call, not to the
/// tokenizer, so that one tokenizer serves several threads with several settings.
pub struct Parts {
    pub tokenizer: Tokenizer,
    pub post_processor: Option<PostProcessorWrapper>,
    /// How many times as long the normalizer can make a text.
    pub growth: f64,
}

type Outcome<T> = Result<T, String>;

pub fn from_json(bytes: &[u8], setup: &Setup) -> Outcome<Parts> {
    let tokenizer = Tokenizer::from_bytes(bytes).map_err(|e| e.to_string())?;
    finish(tokenizer, setup)
}

pub fn from_wordpiece(vocab: &[u8], setup: &Setup) -> Outcome<Parts> {
    let vocab = WordPiece::read_bytes(vocab).map_err(|e| e.to_string())?;
    let unk = setup
        .unk_token
        .clone()
        .unwrap_or_else(|| "[UNK]".to_string());
    if !vocab.contains_key(&unk) {
        return Err(format!("the vocabulary lacks the unknown token '{unk}'"));
    }
    let model = WordPiece::builder()
        .vocab(vocab)
        .unk_token(unk)
        .build()
        .map_err(|e| e.to_string())?;
    finish(Tokenizer::new(model), setup)
}

pub fn from_byte_level_bpe(vocab: &[u8], merges: &str, setup: &Setup) -> Outcome<Parts> {
    let vocab: std::collections::HashMap<String, u32> =
        serde_json::from_slice(vocab).map_err(|e| format!("vocab.json: {e}"))?;
    let mut pairs = Vec::new();
    for (number, line) in merges.lines().enumerate() {
        if line.starts_with("#version") || line.is_empty() {
            continue;
        }
        match line.split_once(' ') {
            Some((left, right)) if !right.contains(' ') => {
                pairs.push((left.to_string(), right.to_string()))
            }
            _ => {
                return Err(format!(
                    "merges.txt:{}: expected two tokens with a space between them",
                    number + 1
                ))
            }
        }
    }
    let model = BPE::builder()
        .vocab_and_merges(vocab.into_iter().collect::<Vocab>(), pairs)
        .continuing_subword_prefix(String::new())
        .end_of_word_suffix(String::new())
        .build()
        .map_err(|e| e.to_string())?;
    finish(Tokenizer::new(model), setup)
}

fn finish(mut tokenizer: Tokenizer, setup: &Setup) -> Outcome<Parts> {
    // A class that does not fit the model in the file leaves the file's settings alone.
    let bert = setup
        .bert
        .as_ref()
        .filter(|_| matches!(tokenizer.get_model(), ModelWrapper::WordPiece(_)));
    let roberta = setup
        .roberta
        .as_ref()
        .filter(|_| matches!(tokenizer.get_model(), ModelWrapper::BPE(_)));
    if let Some(bert) = bert {
        tokenizer
            .with_normalizer(Some(BertNormalizer::new(
                true,
                bert.tokenize_chinese_chars,
                bert.strip_accents,
                bert.do_lower_case,
            )))
            .map_err(|e| e.to_string())?;
        tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
    }
    if let Some(roberta) = roberta {
        tokenizer.with_pre_tokenizer(Some(
            ByteLevel::default().add_prefix_space(roberta.add_prefix_space),
        ));
    }
    add_tokens(&mut tokenizer, &setup.added_tokens)?;
    if roberta.is_some() || tokenizer.get_post_processor().is_none() {
        if let Some(built) = post_processor(&tokenizer, setup)? {
            tokenizer.with_post_processor(Some(built));
        }
    }
    tokenizer.with_truncation(None).map_err(|e| e.to_string())?;
    tokenizer.with_padding(None);
    let post_processor = tokenizer.get_post_processor().cloned();
    tokenizer.with_post_processor(None::<PostProcessorWrapper>);
    bounds::check_model(&tokenizer)?;
    Ok(Parts {
        growth: bounds::growth_of(&tokenizer),
        tokenizer,
        post_processor,
    })
}

fn add_tokens(tokenizer: &mut Tokenizer, wanted: &[Added]) -> Outcome<()> {
    let known = tokenizer.get_added_tokens_decoder();
    let known: std::collections::HashSet<&str> =
        known.values().map(|token| token.content.as_str()).collect();
    let missing: Vec<AddedToken> = wanted
        .iter()
        .filter(|token| !known.contains(token.content.as_str()))
        .map(|token| {
            AddedToken::from(token.content.clone(), token.special)
                .single_word(token.single_word)
                .lstrip(token.lstrip)
                .rstrip(token.rstrip)
                .normalized(token.normalized)
        })
        .collect();
    tokenizer.add_tokens(missing).map_err(|e| e.to_string())?;
    Ok(())
}

fn post_processor(tokenizer: &Tokenizer, setup: &Setup) -> Outcome<Option<PostProcessorWrapper>> {
    let (Some(cls), Some(sep)) = (&setup.cls_token, &setup.sep_token) else {
        return Ok(None);
    };
    let id = |token: &String| {
        tokenizer
            .token_to_id(token)
            .ok_or_else(|| format!("the vocabulary lacks the special token '{token}'"))
    };
    let (cls_id, sep_id) = (id(cls)?, id(sep)?);
    if let Some(roberta) = &setup.roberta {
        let processor = RobertaProcessing::new((sep.clone(), sep_id), (cls.clone(), cls_id))
            .trim_offsets(roberta.trim_offsets)
            .add_prefix_space(roberta.add_prefix_space);
        return Ok(Some(processor.into()));
    }
    if setup.bert.is_none() {
        return Ok(None);
    }
    let piece = |token: &String, type_id: u32| format!("{token}:{type_id}");
    let single = vec![piece(cls, 0), "$A:0".to_string(), piece(sep, 0)];
    let pair = vec![
        piece(cls, 0),
        "$A:0".to_string(),
        piece(sep, 0),
        "$B:1".to_string(),
        piece(sep, 1),
    ];
    let processor = TemplateProcessing::builder()
        .try_single(single)
        .map_err(|e| e.to_string())?
        .try_pair(pair)
        .map_err(|e| e.to_string())?
        .special_tokens(vec![(cls.clone(), cls_id), (sep.clone(), sep_id)])
        .build()
        .map_err(|e| e.to_string())?;
    Ok(Some(processor.into()))
}
