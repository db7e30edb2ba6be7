//! [`Layer`]: the rules of one kind of source, and what they say about a channel.
//!
//! First whatever denies, in any order; then, as in a firewall, the first rule from above whose channels and principals
//! match. What such a rule asks for besides (a time, a state, a range) is then demanded: it never passes the question on
//! to the next rule, so that no rule below can allow what the one above restricts.

use super::attributes::Access;
use super::decision::Principal;
use super::index::Index;
use super::names::{Hit, Names, Tag};
use super::pattern::Reach;
use super::rule::{Effect, Rule};

#[derive(Debug)]
pub(super) struct Layer {
    pub rules: Vec<Rule>,
    /// Rules that deny.
    deny: Family,
    /// Rules that let nobody read or write; in order with the next, but read widely.
    closed: Family,
    /// Rules that permit something.
    access: Family,
}

/// Patterns for either kind of name.
#[derive(Debug)]
pub(super) struct Family {
    epics: Index,
    tango: Index,
}

impl Family {
    fn new(rules: &[Rule], wanted: impl Fn(&Rule) -> bool) -> Self {
        let of = |tango: bool| {
            let rules = rules.iter().enumerate().filter(|(_, rule)| wanted(rule));
            Index::new(rules.flat_map(|(number, rule)| {
                rule.channels.iter().filter_map(move |(_, pattern)| {
                    let matcher = if tango { &pattern.tango } else { &pattern.epics };
                    Some((matcher.clone()?, pattern.tag(number)))
                })
            }))
        };
        Self { epics: of(false), tango: of(true) }
    }

    pub(super) fn of(&self, names: &Names) -> &Index {
        if names.tango { &self.tango } else { &self.epics }
    }
}

/// What was found.
#[derive(Debug, Clone, Copy)]
pub(super) enum Found<'l> {
    /// A rule denies.
    Denied(&'l Rule),
    /// The first rule that matches.
    Rule(&'l Rule),
    /// Rules name the record of this field, but none the field; this is the first.
    OtherField(&'l Rule),
    /// Nothing names it, for this principal.
    Nothing,
}

impl Layer {
    pub(super) fn new(rules: Vec<Rule>) -> Self {
        let deny = Family::new(&rules, |rule| matches!(rule.effect, Effect::Deny { .. }));
        let closed = Family::new(&rules, |rule| rule.effect == Effect::Access(Access::None));
        let access = Family::new(&rules, |rule| rule.effect.reach() == Reach::Narrow);
        Self { rules, deny, closed, access }
    }

    /// How many patterns may have to be asked because they have no fixed text of their own.
    pub(super) fn slow(&self) -> usize {
        [&self.deny, &self.closed, &self.access]
            .iter()
            .map(|family| family.epics.worst().max(family.tango.worst()))
            .sum()
    }

    pub(super) fn find(&self, names: &Names, principal: &Principal, writing: bool) -> Found<'_> {
        let denies = |rule: &&Rule| {
            (writing || rule.effect == Effect::Deny { reads: true })
                && rule.principals.include(principal)
                && !rule.excepts(names)
        };
        if let Some(rule) = self.denials(names).into_iter().filter_map(|number| self.rules.get(number)).find(denies) {
            return Found::Denied(rule);
        }
        let mut other_field = None;
        for (number, hit) in self.matches(names) {
            let Some(rule) = self.rules.get(number) else { continue };
            if !rule.principals.include(principal) || rule.excepts(names) {
                continue;
            }
            // A record's rule is about its fields too, if it restricts; and for reading.
            let listed = names.field.as_ref().is_none_or(|field| rule.lists_field(field));
            if hit == Hit::Channel || !writing || rule.access() != Access::Write || listed {
                return Found::Rule(rule);
            }
            other_field.get_or_insert(rule);
        }
        other_field.map_or(Found::Nothing, Found::OtherField)
    }

    /// The rules that deny it, read widely, in order.
    fn denials(&self, names: &Names) -> Vec<usize> {
        let mut rules = Vec::new();
        for name in &names.wide {
            self.deny.of(names).find(name, |tag| rules.push(tag.rule));
        }
        rules.sort_unstable();
        rules.dedup();
        rules
    }

    /// The rules that name it, in order.
    fn matches(&self, names: &Names) -> Vec<(usize, Hit)> {
        let mut rules = Vec::new();
        for name in &names.wide {
            self.closed.of(names).find(name, |tag| rules.push((tag.rule, Hit::Channel)));
        }
        self.access.of(names).find(&names.narrow, |tag| {
            if let Some(hit) = tag.hit(names) {
                rules.push((tag.rule, hit));
            }
        });
        // The better hit of a rule first.
        rules.sort_unstable_by_key(|(rule, hit)| (*rule, *hit == Hit::Record));
        rules.dedup_by_key(|(rule, _)| *rule);
        rules
    }

    /// The first earlier rule that matches whatever this pattern's text matches, and takes everybody whom the rule takes.
    pub(super) fn shadow(&self, number: usize, tango: bool, text: &str, denials: bool) -> Option<&Rule> {
        let own = self.rules.get(number)?;
        let families = if denials { [&self.deny, &self.deny] } else { [&self.closed, &self.access] };
        let mut first: Option<usize> = None;
        let mut look = |tag: &Tag| {
            let earlier = denials || tag.rule < number;
            let wider = self.rules.get(tag.rule).is_some_and(|rule| {
                tag.covers_record() && rule.except.is_empty() && rule.principals.cover(&own.principals)
            });
            if earlier && wider && first.is_none_or(|known| tag.rule < known) {
                first = Some(tag.rule);
            }
        };
        for family in families {
            let index = if tango { &family.tango } else { &family.epics };
            index.find(text, &mut look);
        }
        self.rules.get(first?)
    }
}
