"""The language of the demo data set: templated reviews whose sentiment follows from their structure.

A sentence is one to three clauses. A clause says something of a thing, with a strength that its
adjective, its intensifier and its negation give; joining words say which clause counts how much. The
label is the sign of the sum. Sentences whose sum is near zero are left out, the others are kept, so
that there are easy ones, and ones that a small change of the weights turns over.
"""

import random

THINGS = {
    "hotel": ["room", "lobby", "breakfast", "bed", "view", "reception desk", "pool", "bathroom",
              "corridor", "balcony"],
    "restaurant": ["soup", "menu", "waiter", "dessert", "bread", "wine list", "table", "kitchen",
                   "portion", "coffee"],
    "film": ["plot", "ending", "dialogue", "cast", "soundtrack", "opening scene", "script",
             "camera work", "pacing", "villain"],
    "book": ["first chapter", "prose", "narrator", "cover", "index", "translation", "middle part",
             "map", "heroine", "conclusion"],
    "gadget": ["battery", "screen", "keyboard", "manual", "charger", "speaker", "hinge", "button",
               "casing", "update"],
    "trip": ["guide", "bus", "museum", "weather", "food", "route", "harbour", "ticket office",
             "walk", "driver"],
}

# Strength of an adjective, from -1 to 1.
WHOLE_ADJECTIVES = {
    "superb": 1.0, "wonderful": 1.0, "brilliant": 1.0, "excellent": 1.0, "delightful": 1.0,
    "good": 0.7, "pleasant": 0.7, "charming": 0.7, "clever": 0.7, "fresh": 0.6, "warm": 0.6,
    "solid": 0.6, "fine": 0.5, "decent": 0.5, "tidy": 0.5, "adequate": 0.4, "acceptable": 0.4,
    "terrible": -1.0, "awful": -1.0, "dreadful": -1.0, "horrible": -1.0, "atrocious": -1.0,
    "bad": -0.7, "dull": -0.7, "clumsy": -0.7, "stale": -0.7, "noisy": -0.6, "cold": -0.6,
    "shabby": -0.6, "bland": -0.5, "slow": -0.5, "dated": -0.5, "mediocre": -0.4, "plain": -0.4,
}
# The vocabulary has the stems and suffixes of these, but not the words.
PIECED_ADJECTIVES = {
    "thoughtful": 0.7, "thoughtless": -0.7, "tasteful": 0.6, "tasteless": -0.6, "useful": 0.6,
    "useless": -0.8, "flawless": 1.0, "joyful": 0.9, "joyless": -0.9, "careless": -0.7,
    "careful": 0.5, "enjoyable": 0.8, "unbearable": -1.0, "bearable": 0.4, "unreliable": -0.8,
    "reliable": 0.7, "unpleasant": -0.7, "unremarkable": -0.4, "remarkable": 0.9,
    "comfortable": 0.7, "uncomfortable": -0.7, "forgettable": -0.6, "unforgettable": 0.9,
    "hopeless": -0.9, "lifeless": -0.8, "graceful": 0.7, "graceless": -0.6,
}
ADJECTIVES = WHOLE_ADJECTIVES | PIECED_ADJECTIVES
STEMS = ["thought", "taste", "use", "flaw", "joy", "care", "enjoy", "bear", "reli", "remark", "comfort",
         "forget", "hope", "life", "grace", "un"]
CONTINUATIONS = ["##ful", "##less", "##able", "##table", "##bear", "##reli", "##pleasant", "##remark",
                 "##comfort", "##forget"]

INTENSIFIERS = {"": 1.0, "very": 1.4, "really": 1.3, "utterly": 1.7, "truly": 1.4, "absolutely": 1.7,
                "quite": 0.9, "rather": 0.8, "fairly": 0.7, "somewhat": 0.6, "slightly": 0.4,
                "a little": 0.4}
# What is left of an adjective's strength under a negation, and with which sign.
NEGATIONS = {"not": -0.7, "never": -0.9, "hardly": -0.6, "far from": -1.0, "anything but": -1.1,
             "not exactly": -0.4, "by no means": -0.9}
COPULAS = ["was", "seemed", "felt", "turned out to be", "looked", "remained"]
VERBS = {"loved": 1.0, "enjoyed": 0.8, "admired": 0.8, "liked": 0.6, "appreciated": 0.6,
         "hated": -1.0, "detested": -1.0, "regretted": -0.8, "disliked": -0.7, "endured": -0.5}
BASE_FORMS = {"love": 1.0, "enjoy": 0.8, "admire": 0.8, "like": 0.6, "hate": -1.0, "regret": -0.8,
              "mind": -0.5}
PEOPLE = ["i", "we", "my sister", "the children", "our friends", "everyone", "my neighbour"]
VERDICTS = {"i would go back tomorrow": 1.1, "i would recommend it to anyone": 1.1,
            "it was worth every penny": 1.0, "it made my week": 1.0, "i want my money back": -1.1,
            "it was a waste of time": -1.1, "i would not wish it on anyone": -1.2,
            "never again": -1.0, "it ruined the evening": -1.0, "i would think twice": -0.6,
            "there are worse choices": 0.3, "there are better choices": -0.5}
# Neutral phrases: they make sentences longer and say nothing.
ASIDES = ["on the second day", "as far as i could tell", "after all those years", "that summer",
          "in the end", "for the price", "at least on paper", "to be honest", "for what it is",
          "according to the brochure", "as the others told me", "on a busy monday"]


def clause(rng, domain):
    """(text, strength) of one clause."""
    thing = rng.choice(THINGS[domain])
    kind = rng.random()
    if kind < 0.62:
        return state(rng, thing)
    if kind < 0.76:
        verb, strength = rng.choice(list(VERBS.items()))
        return f"{rng.choice(PEOPLE)} {verb} the {thing}", strength
    if kind < 0.84:
        verb, strength = rng.choice(list(BASE_FORMS.items()))
        return f"{rng.choice(PEOPLE)} did not {verb} the {thing}", -0.8 * strength
    if kind < 0.89:
        if rng.random() < 0.5:
            return f"the {thing} could have been better", -0.6
        return f"the {thing} could not have been better", 1.1
    if kind < 0.93:
        word, strength = rng.choice(list(ADJECTIVES.items()))
        return f"nobody could call the {thing} {word}", -0.9 * strength
    if kind < 0.96:
        word, strength = rng.choice(list(ADJECTIVES.items()))
        return f"nobody could say that the {thing} was not {word}", 0.8 * strength
    return rng.choice(list(VERDICTS.items()))


def state(rng, thing):
    """"the soup was not very good" and the like."""
    word, strength = rng.choice(list(ADJECTIVES.items()))
    copula = rng.choice(COPULAS)
    intensifier, factor = rng.choice(list(INTENSIFIERS.items()))
    parts = ["the", thing, copula]
    if rng.random() < 0.35:
        negation, left = rng.choice(list(NEGATIONS.items()))
        parts.append(negation)
        strength *= left
        # A negated intensifier softens: "not very good" is milder than "not good".
        if intensifier in ("very", "really", "truly", "quite") and rng.random() < 0.5:
            parts.append(intensifier)
            strength *= 0.7
    elif intensifier:
        parts.append(intensifier)
        strength *= factor
    parts.append(word)
    return " ".join(parts), strength


def sentence(rng):
    """(text, strength) of one sentence."""
    domain = rng.choice(list(THINGS))
    kind = rng.random()
    first, a = clause(rng, domain)
    if kind < 0.30:
        text, total = first, a
    else:
        second, b = clause(rng, domain)
        if kind < 0.45:
            text, total = f"{first} and {second}", a + b
        elif kind < 0.60:
            text, total = f"{first} , but {second}", 0.3 * a + 1.2 * b
        elif kind < 0.70:
            text, total = f"although {first} , {second}", 0.3 * a + 1.2 * b
        elif kind < 0.80:
            text, total = f"{first} , even though {second}", 1.2 * a + 0.3 * b
        elif kind < 0.90:
            third, c = clause(rng, domain)
            text, total = f"{first} , {second} , and {third}", a + b + c
        else:
            third, c = clause(rng, domain)
            text, total = f"{first} and {second} , yet {third}", 0.3 * (a + b) + 1.3 * c
    if rng.random() < 0.3:
        text = f"{rng.choice(ASIDES)} , {text}"
    return text + rng.choice([" .", " .", " .", " !"]), total


def sentences(seed, count, margin):
    """`count` different (sentence, strength) pairs, as many positive as negative (within one)."""
    rng = random.Random(seed)
    wanted = {0: count // 2, 1: count - count // 2}
    seen, out = set(), []
    while len(out) < count:
        text, strength = sentence(rng)
        label = int(strength > 0)
        if abs(strength) < margin or text in seen or wanted[label] == 0:
            continue
        seen.add(text)
        wanted[label] -= 1
        out.append((text, strength))
    return out


def vocabulary():
    """WordPiece vocabulary: special tokens, punctuation, letters (so that no word is unknown), words
    and pieces."""
    words = set()
    phrases = [*INTENSIFIERS, *NEGATIONS, *COPULAS, *VERBS, *BASE_FORMS, *PEOPLE, *VERDICTS, *ASIDES,
               "the and but although even though yet did not could have been better",
               "nobody could call say that was not"]
    phrases += [thing for things in THINGS.values() for thing in things]
    phrases += WHOLE_ADJECTIVES
    for phrase in phrases:
        words.update(phrase.split())
    letters = [chr(code) for code in range(ord("a"), ord("z") + 1)]
    pieces = sorted(words | set(STEMS))
    continuations = ["##" + letter for letter in letters] + CONTINUATIONS
    known = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *",.!?'-", *(str(d) for d in range(10)),
             *letters, *pieces, *continuations]
    return list(dict.fromkeys(known))
