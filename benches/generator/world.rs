//! Who writes to whom, and what the far sides answer: the same world for every MTA.

use super::{Host, Rng, SECOND};

/// After so long in the queue a recipient is given up.
const LIFETIME: i64 = 4 * 3600 * SECOND;

const WORDS: [&str; 40] = [
    "fernwood",
    "brightwater",
    "quietmail",
    "oldserver",
    "fulldisk",
    "twogates",
    "secure",
    "bareserver",
    "softbounce",
    "strictgrey",
    "outlock",
    "gmale",
    "yahoh",
    "verbose",
    "boite",
    "closedport",
    "mute",
    "unrouted",
    "fortress",
    "filterhouse",
    "slowdown",
    "backupmx",
    "hardgrey",
    "tlsplease",
    "lamedns",
    "redmill",
    "northgate",
    "kiesel",
    "tulip",
    "harbour",
    "granite",
    "saffron",
    "birch",
    "meadow",
    "pixel",
    "anchor",
    "cobalt",
    "juniper",
    "lantern",
    "orchard",
];
const FIRST: [&str; 24] = [
    "anna", "jan", "maria", "noah", "li", "yuki", "ahmed", "lucia", "tom", "sofia", "peter", "greta", "karl", "olga",
    "david", "ines", "hanna", "paul", "john", "ivan", "emma", "marco", "nina", "omar",
];
const LAST: [&str; 24] = [
    "berg", "smith", "novak", "rossi", "khan", "weber", "garcia", "chen", "moreau", "larsen", "silva", "brown",
    "costa", "tanaka", "meyer", "dubois", "kowalski", "ivanov", "jansen", "fischer", "olsen", "santos", "kim", "ali",
];
/// Domains whose users hand in mail here.
pub const OWN: [&str; 4] = ["lumenshop.example", "orbitnews.example", "mertens-bau.example", "papermill.example"];
const USERS: [&str; 8] = ["office", "newsletter", "orders", "anna", "karl", "billing", "alerts", "support"];

/// What a far side says when it defers; `RCPT`, `DOMAIN` and `NUMBER` are replaced.
const DEFERRALS: [&str; 14] = [
    "450 4.2.0 <RCPT>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.example/help/DOMAIN.html",
    "450 4.7.1 Greylisted; early retries restart the waiting period",
    "451 4.7.500 Server busy. Please try again later from [192.0.2.10]. (SNUMBER) [VI1EUR04FTNUMBER.eop-eur04.example]",
    "421 4.7.28 Rate limit exceeded for lumenshop.example, slow down",
    "452 4.2.2 <RCPT>: Recipient address rejected: Mailbox full",
    "450 4.1.1 <RCPT>: Recipient address rejected: User unknown in local recipient table",
    "450 4.1.8 <office@lumenshop.example>: Sender address rejected: Domain not found",
    "451 4.3.0 Temporary lookup failure",
    "452 4.3.1 Insufficient system storage",
    "421 4.3.2 System not accepting network messages, try again in NUMBER seconds",
    "450 4.7.1 <RCPT>: Recipient address rejected: temporarily deferred by policy, see https://DOMAIN/pm/NUMBER",
    "451 4.7.1 Service unavailable - try again later (id NUMBER-NUMBER)",
    "450 4.2.1 <RCPT>: Recipient address rejected: Mailbox busy",
    "454 4.7.0 TLS not available due to local problem",
];
/// When it refuses for good.
const BOUNCES: [&str; 8] = [
    "550 5.1.1 <RCPT>: Recipient address rejected: User unknown in local recipient table",
    "550-5.1.1 The email account that you tried to reach does not exist. Please try NUMBER",
    "552 5.2.2 <RCPT>: Recipient address rejected: Mailbox is over quota",
    "554 5.7.1 Message rejected: content looks like spam (score 14.2/8.0), id=7f3a-NUMBER",
    "550 5.7.1 Service unavailable; Client host [192.0.2.10] blocked using bl.blocklist.example",
    "554 delivery error: dd This user doesn't have a DOMAIN account (RCPT) [0] - mta4103.mail.bf1.DOMAIN",
    "550 5.7.26 This mail is unauthenticated, which poses a security risk to the sender (NUMBER)",
    "503 5.5.1 Error: need MAIL command",
];
/// What the MTA finds out itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Silence {
    Refused,
    TimedOut,
    Unreachable,
}

/// One recipient domain.
pub struct Domain {
    pub name: String,
    pub mx: String,
    pub ip: String,
    /// Nothing ever gets through.
    silence: Option<Silence>,
    deferral: usize,
    bounce: usize,
}

/// What became of one try.
#[derive(Debug, Clone)]
pub enum Verdict {
    Delivered,
    Deferred(String),
    Silent(Silence),
    Bounced(String),
}

/// A recipient, and the tries at it.
#[derive(Debug, Clone)]
pub struct Recipient {
    pub address: String,
    pub domain: usize,
}

/// A queue run that took the letter up: which recipients, what came of it.
#[derive(Debug, Clone)]
pub struct Round {
    pub at: i64,
    pub tries: Vec<(usize, Verdict)>,
}

/// A message.
#[derive(Debug, Clone)]
pub struct Letter {
    pub at: i64,
    pub sender: String,
    /// Handed in by a program of the host, not by SMTP.
    pub local: bool,
    pub client: (String, String),
    pub login: Option<String>,
    pub size: u64,
    pub recipients: Vec<Recipient>,
    pub rounds: Vec<Round>,
    /// When the rest were given up, and who.
    pub expired: Option<(i64, Vec<usize>)>,
}

impl PartialEq for Letter {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}
impl Eq for Letter {}
impl PartialOrd for Letter {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Letter {
    /// Letters have no order of their own; the number before them in a heap decides.
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}

/// A client that is refused.
pub struct Stranger {
    pub ip: String,
    pub name: Option<String>,
    pub helo: String,
    pub sender: String,
    pub recipient: String,
    pub relaying: bool,
}

/// Everybody.
pub struct World {
    pub rng: Rng,
    pub host: Host,
    pub domains: Vec<Domain>,
    /// For queue ids and pids.
    pub serial: u64,
    /// When the next housekeeping line is due.
    pub statistics: i64,
}

impl World {
    pub fn new(host: Host, seed: u64) -> Self {
        let mut rng = Rng::new(seed);
        let domains = (0..host.domains)
            .map(|i| {
                let word = WORDS[i % WORDS.len()];
                let name = if i < WORDS.len() {
                    format!("{word}.example")
                } else {
                    format!("{word}-{}.example", i / WORDS.len())
                };
                // Not the largest ones.
                let silence = (i > 20 && rng.chance(12))
                    .then(|| *rng.pick(&[Silence::Refused, Silence::TimedOut, Silence::Unreachable]));
                Domain {
                    mx: format!("mx{}.{name}", if rng.chance(500) { "" } else { "1" }),
                    ip: format!("203.0.{}.{}", 113 + i / 250 % 2, 1 + i % 250),
                    silence,
                    deferral: rng.below(DEFERRALS.len() as u64) as usize,
                    bounce: rng.below(BOUNCES.len() as u64) as usize,
                    name,
                }
            })
            .collect();
        Self { rng, host, domains, serial: 0, statistics: 0 }
    }

    /// The large ones often: the n-th domain about as often as 1/n.
    fn domain(&mut self) -> usize {
        let size = self.domains.len() as f64;
        let drawn = self.rng.below(1 << 32) as f64 / (1_u64 << 32) as f64;
        (((size + 1.0).powf(drawn) - 1.0) as usize).min(self.domains.len() - 1)
    }

    fn recipient(&mut self) -> Recipient {
        let domain = self.domain();
        let (first, last) = (*self.rng.pick(&FIRST), *self.rng.pick(&LAST));
        let number = self.rng.below(60);
        let dot = if number < 50 { "." } else { "" };
        let number = if number < 20 { String::new() } else { number.to_string() };
        Recipient { address: format!("{first}{dot}{last}{number}@{}", self.domains[domain].name), domain }
    }

    /// A letter without a fate.
    pub fn letter(&mut self, at: i64) -> Letter {
        let own = *self.rng.pick(&OWN);
        let sender = format!("{}@{own}", self.rng.pick(&USERS));
        let count = match self.rng.below(10) {
            0..7 => 1,
            7..9 => 2 + self.rng.below(2),
            _ => 3 + self.rng.below(6),
        };
        let mut recipients: Vec<Recipient> = Vec::new();
        for _ in 0..count {
            let one = self.recipient();
            if recipients.iter().all(|r| r.address != one.address) {
                recipients.push(one);
            }
        }
        let app = self.rng.below(200);
        let local = self.rng.chance(150);
        Letter {
            at,
            login: (!local && self.rng.chance(400)).then(|| sender.clone()),
            sender,
            local,
            client: (format!("app{app}.{own}"), format!("192.0.2.{}", 20 + app)),
            size: 400 + self.rng.below(60_000),
            recipients,
            rounds: Vec::new(),
            expired: None,
        }
    }

    /// Draws all tries; says when the sender sends the letter again, if so.
    pub fn draw_fate(&mut self, letter: &mut Letter) -> Option<i64> {
        let mut open: Vec<usize> = (0..letter.recipients.len()).collect();
        let mut at = letter.at + self.rng.between(SECOND / 5, SECOND);
        let mut wait = 300 * SECOND;
        let mut failed_at = None;
        while !open.is_empty() {
            if at - letter.at > LIFETIME {
                letter.expired = Some((at, open));
                break;
            }
            let first = letter.rounds.is_empty();
            let mut tries = Vec::with_capacity(open.len());
            for &one in &open {
                let domain = letter.recipients[one].domain;
                let verdict = if let Some(silence) = self.domains[domain].silence {
                    Verdict::Silent(silence)
                } else if self.rng.chance(if first { self.host.deferred } else { 350 }) {
                    Verdict::Deferred(self.say(&DEFERRALS, self.domains[domain].deferral, &letter.recipients[one]))
                } else if self.rng.chance(self.host.bounced) {
                    Verdict::Bounced(self.say(&BOUNCES, self.domains[domain].bounce, &letter.recipients[one]))
                } else {
                    Verdict::Delivered
                };
                tries.push((one, verdict));
            }
            open = tries
                .iter()
                .filter(|(_, v)| matches!(v, Verdict::Deferred(_) | Verdict::Silent(_)))
                .map(|(one, _)| *one)
                .collect();
            if tries.iter().any(|(_, v)| !matches!(v, Verdict::Delivered)) {
                failed_at.get_or_insert(at);
            }
            letter.rounds.push(Round { at, tries });
            at += wait + self.rng.between(0, 60 * SECOND);
            wait = (wait * 2).min(4000 * SECOND);
        }
        let resend = failed_at.filter(|_| self.rng.chance(self.host.resent))?;
        Some(resend + self.rng.between(20 * SECOND, 400 * SECOND))
    }

    fn say(&mut self, replies: &[&str], usual: usize, to: &Recipient) -> String {
        // Most servers have one way to say it.
        let index = if self.rng.chance(850) { usual } else { self.rng.below(replies.len() as u64) as usize };
        let mut text = replies[index].replace("RCPT", &to.address).replace("DOMAIN", &self.domains[to.domain].name);
        while text.contains("NUMBER") {
            text = text.replacen("NUMBER", &(10_000 + self.rng.below(80_000)).to_string(), 1);
        }
        text
    }

    pub fn stranger(&mut self) -> Stranger {
        let n = self.rng.below(20_000);
        let relaying = self.rng.chance(200);
        let sender = format!("{}{}@bulk{}.invalid", self.rng.pick(&FIRST), self.rng.below(90), self.rng.below(800));
        let recipient = if relaying {
            format!("victim{}@elsewhere{}.invalid", self.rng.below(50), self.rng.below(30))
        } else {
            format!("user{}@{}", self.rng.below(500), self.rng.pick(&OWN))
        };
        Stranger {
            ip: format!("198.18.{}.{}", n / 250, 1 + n % 250),
            name: self.rng.chance(400).then(|| format!("dyn-{n}.pool.invalid")),
            helo: format!("harvest{}.invalid", n % 97),
            sender,
            recipient,
            relaying,
        }
    }

    /// The next number for an id.
    pub fn next_serial(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    pub fn pid(&mut self) -> u64 {
        1000 + self.rng.below(30_000)
    }
}

/// The same letter again, with another fate.
pub fn again(letter: &Letter, at: i64) -> Letter {
    Letter { at, rounds: Vec::new(), expired: None, ..letter.clone() }
}
