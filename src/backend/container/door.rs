//! The host's end of the door on a kernel's stdin channel: who may ask, and what was answered last.

use std::fmt;

use tokio_tungstenite::tungstenite::Bytes;

use super::Error;
use super::rest::random;

/// The first word of a request and of an answer.
const WORD: &str = "aerie-door/1";
/// Largest door frame.
pub(super) const MAX_DOOR_FRAME: usize = 64 << 20;
/// Largest piece of an answer: a Jupyter server takes messages of 10 MiB unless it is told otherwise.
const PIECE: usize = 4 << 20;

/// What a guest must know to be answered. It belongs to one execution.
#[derive(Clone, PartialEq, Eq)]
pub struct DoorToken(String);

impl DoorToken {
    /// A new one.
    pub fn random() -> Result<Self, Error> {
        random(16).map(Self)
    }

    /// The text that the guest is given.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for DoorToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// What a request on the stdin channel is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Knock {
    /// A new one, to be answered.
    Request(u64, Bytes),
    /// One that was answered already: here is the answer again.
    Again(u64, Bytes),
    /// One that is being answered, or is too old.
    Known,
    /// No door request, or not with this execution's token.
    Stranger(&'static str),
}

/// The requests of one execution.
#[derive(Debug)]
pub(super) struct Door {
    token: DoorToken,
    answering: Option<u64>,
    last: Option<(u64, Bytes)>,
}

impl Door {
    pub(super) fn new(token: DoorToken) -> Self {
        Self { token, answering: None, last: None }
    }

    /// Looks at an `input_request`.
    pub(super) fn knock(&mut self, prompt: &str, mut buffers: Vec<Bytes>) -> Knock {
        let mut words = prompt.split(' ');
        let (word, token, seq, rest) = (words.next(), words.next(), words.next(), words.next());
        let (Some(WORD), Some(token), Some(Ok(seq)), None) = (word, token, seq.map(str::parse::<u64>), rest) else {
            return Knock::Stranger("the program asked for input, which nobody types");
        };
        if !same(token, &self.token.0) {
            return Knock::Stranger("a door request has a wrong token");
        }
        if buffers.len() != 1 || buffers[0].len() > MAX_DOOR_FRAME {
            return Knock::Stranger("a door request has no frame, or a frame over 64 MiB");
        }
        let newest = self.answering.max(self.last.as_ref().map(|(seq, _)| *seq));
        match &self.last {
            Some((last, frame)) if *last == seq => return Knock::Again(seq, frame.clone()),
            _ if newest.is_some_and(|newest| seq <= newest) => return Knock::Known,
            _ => {}
        }
        self.answering = Some(seq);
        Knock::Request(seq, buffers.remove(0))
    }

    /// Takes the answer to a request. `None`: the guest no longer waits for it.
    pub(super) fn answer(&mut self, seq: u64, frame: Bytes) -> Option<Bytes> {
        if self.answering != Some(seq) {
            return None;
        }
        self.answering = None;
        self.last = Some((seq, frame.clone()));
        Some(frame)
    }
}

/// The `value` and the buffer of each `input_reply` that an answer takes. More than one have their number and count behind.
pub(super) fn pieces(seq: u64, frame: &Bytes) -> Vec<(String, Bytes)> {
    if frame.len() <= PIECE {
        return vec![(format!("{WORD} {seq}"), frame.clone())];
    }
    let count = frame.len().div_ceil(PIECE);
    (0..count)
        .map(|n| (format!("{WORD} {seq} {} {count}", n + 1), frame.slice(n * PIECE..frame.len().min((n + 1) * PIECE))))
        .collect()
}

/// Takes as long whatever the texts are.
fn same(a: &str, b: &str) -> bool {
    a.len() == b.len() && a.bytes().zip(b.bytes()).fold(0, |different, (a, b)| different | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door() -> (Door, String) {
        let token = DoorToken::random().unwrap();
        let text = token.expose().to_owned();
        (Door::new(token), text)
    }

    fn frame(text: &'static str) -> Vec<Bytes> {
        vec![Bytes::from_static(text.as_bytes())]
    }

    #[test]
    fn a_request_is_answered_once_and_its_answer_given_again() {
        let (mut door, token) = door();
        let knock = |door: &mut Door, seq| door.knock(&format!("aerie-door/1 {token} {seq}"), frame("q"));
        assert_eq!(knock(&mut door, 1), Knock::Request(1, Bytes::from_static(b"q")));
        assert_eq!(knock(&mut door, 1), Knock::Known);
        assert_eq!(door.answer(1, Bytes::from_static(b"a")), Some(Bytes::from_static(b"a")));
        assert_eq!(knock(&mut door, 1), Knock::Again(1, Bytes::from_static(b"a")));
        assert_eq!(door.answer(1, Bytes::from_static(b"b")), None);
        assert_eq!(knock(&mut door, 3), Knock::Request(3, Bytes::from_static(b"q")));
        assert_eq!(knock(&mut door, 2), Knock::Known);
        assert_eq!(knock(&mut door, 4), Knock::Request(4, Bytes::from_static(b"q")));
        // The guest gave up on 3: its answer comes too late.
        assert_eq!(door.answer(3, Bytes::new()), None);
        assert!(door.answer(4, Bytes::new()).is_some());
    }

    #[test]
    fn strangers_are_known_by_their_words() {
        let (mut door, token) = door();
        for prompt in ["", "Name: ", "aerie-door/1", "aerie-door/1 x 1", "aerie-door/2 x 1"] {
            assert!(matches!(door.knock(prompt, frame("q")), Knock::Stranger(_)), "{prompt}");
        }
        for seq in ["", "x", "-1", "1 2", "99999999999999999999999"] {
            assert!(matches!(door.knock(&format!("aerie-door/1 {token} {seq}"), frame("q")), Knock::Stranger(_)));
        }
        assert!(matches!(door.knock(&format!("aerie-door/1 {token} 1"), vec![]), Knock::Stranger(_)));
        assert!(!format!("{door:?}").contains(&token));
    }

    #[test]
    fn large_answers_go_in_pieces() {
        let frame = Bytes::from(vec![7; 2 * PIECE + 1]);
        let sent = pieces(5, &frame);
        let names: Vec<_> = sent.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["aerie-door/1 5 1 3", "aerie-door/1 5 2 3", "aerie-door/1 5 3 3"]);
        assert_eq!(sent.iter().map(|(_, piece)| piece.len()).sum::<usize>(), frame.len());
        assert_eq!(pieces(5, &Bytes::new()), [("aerie-door/1 5".to_owned(), Bytes::new())]);
    }
}
