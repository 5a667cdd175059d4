------------------------------- MODULE TLogCore -------------------------------
(***************************************************************************)
(* TLogPaxos, moved as the shipped core moves.  The protocol is the same;  *)
(* what is added is what a trace of the code needs and the smaller spec    *)
(* leaves out:                                                             *)
(*                                                                         *)
(*  - the disk has one batch in flight: a batch is handed over, more is    *)
(*    written behind it, and a sync makes durable what the batch holds and *)
(*    no more.  A crash may keep it or lose it;                            *)
(*  - a restart comes back at any commit index whose entries its disk      *)
(*    holds with the values that were chosen, and waits the quarantine     *)
(*    only if it ever granted a lease;                                     *)
(*  - catch-up goes entry by entry, and by snapshots of any age;           *)
(*  - a ballot is taken up at any word of its master (Follow);             *)
(*  - a master or candidate leaves its ballot by itself (GiveUp), and says *)
(*    so (HandOver), which ends the grants given in that ballot (Drop);    *)
(*  - lease rounds overlap: each has a timer of its own, and the answer    *)
(*    to one waits for the disk where it would claim what is not durable.  *)
(*                                                                         *)
(* Moves says which of these a bounded model may use.                      *)
(***************************************************************************)
EXTENDS TLogPaxos

CONSTANT Moves

Can(x) == x \in Moves

VARIABLES
  hand,   \* per node the batch in flight: what it makes durable when synced
  gout,   \* lease answers that wait for the disk
  lng,    \* has it ever granted?  (the code keeps the longest period)
  dlng,   \* ... on its disk
  rnds,   \* at a master: {<<ballot, round, what is left>>}
  rel,    \* ballots whose master said that it has left them
  known   \* {<<i, b, v>>}: what some node held and knew to be chosen

cvars == <<hand, gout, lng, dlng, rnds, rel, known>>
allvars == <<vars, cvars>>

NoHand == [on |-> FALSE, pro |-> 0, log |-> NoLog, lng |-> FALSE,
           out |-> NoOut, gout |-> {}]

CInit ==
  /\ Init
  /\ hand = [n \in Node |-> NoHand]
  /\ gout = [n \in Node |-> {}]
  /\ lng = [n \in Node |-> FALSE] /\ dlng = [n \in Node |-> FALSE]
  /\ rnds = [n \in Node |-> {}]
  /\ rel = {} /\ known = {}

DiskLng(n) == IF Split(n) THEN dlng[n] ELSE lng[n]

(* what n holds and knows to be chosen, once its commit index is c *)
Holds(n, c) ==
  {<<i, log'[n][i].b, log'[n][i].v>> : i \in (snap'[n] + 1)..c}

Knows(n) == known' = known \cup Holds(n, com'[n])

Quiet == UNCHANGED cvars

------------------------------------------------------------------------------
(* Moves that TLogPaxos has, and that stay as they are *)

CStart(n, b) == StartElection(n, b) /\ Quiet

(* Behind: who holds more than the candidate does not promise. *)
CPromise(a, m) ==
  /\ com[a] <= m[2]
  /\ Promise(a, m) /\ Quiet

CMasterBy(n, q)    == BecomeMasterBy(n, q) /\ Quiet
CProposeValue(n, v) == ProposeValue(n, v) /\ Quiet
CAccept(a, m)      == Accept(a, m) /\ Quiet
CCommit(n) == /\ Commit(n) /\ Knows(n)
              /\ UNCHANGED <<hand, gout, lng, dlng, rnds, rel>>
CLearn(a, m) == /\ LearnCommit(a, m) /\ Knows(a)
                /\ UNCHANGED <<hand, gout, lng, dlng, rnds, rel>>

------------------------------------------------------------------------------
(* The disk *)

(* All that was written so far goes into one batch; one is in flight. *)
HandOut(n) ==
  /\ Split(n)
  /\ ~hand[n].on
  /\ hand' = [hand EXCEPT ![n] =
       [on |-> TRUE, pro |-> pro[n], log |-> log[n], lng |-> lng[n],
        out |-> out[n], gout |-> gout[n]]]
  /\ out' = [out EXCEPT ![n] = NoOut]
  /\ gout' = [gout EXCEPT ![n] = {}]
  /\ UNCHANGED <<mem, dpro, dlog, mst, lse, p1a, p1b, p2a, p2b, cmt, lreq,
                 lack, hist, lng, dlng, rnds, rel, known>>

(* What waited for that batch leaves; what was written behind it waits on. *)
Synced(n) ==
  /\ hand[n].on
  /\ LET h    == hand[n]
         all(x) == IF Has("sync-off-by-one") THEN x ELSE {}
     IN /\ dpro' = [dpro EXCEPT ![n] = h.pro]
        /\ dlog' = [dlog EXCEPT ![n] = h.log]
        /\ dlng' = [dlng EXCEPT ![n] = h.lng]
        /\ p1a' = p1a \cup h.out.a1 \cup all(out[n].a1)
        /\ p1b' = p1b \cup h.out.b1 \cup all(out[n].b1)
        /\ p2b' = p2b \cup h.out.b2 \cup all(out[n].b2)
        /\ lack' = lack \cup h.gout
        /\ hand' = [hand EXCEPT ![n] = NoHand]
  /\ UNCHANGED <<mem, out, mst, lse, p2a, cmt, lreq, hist, gout, lng, rnds,
                 rel, known>>

(* A crash and the restart after it, which comes back at commit index c: no *)
(* higher than what it knew, and only over entries that its disk holds with *)
(* the very values that it knew to be chosen.  A batch in flight that       *)
(* survived is one that was synced just before.                             *)
Restart(a, c) ==
  /\ a \in Crasher
  /\ ncr < MaxCrash
  /\ c >= snap[a] /\ c <= com[a]
  /\ \/ Has("header-claims-more")
     \/ \A i \in (snap[a] + 1)..c : DiskLog(a)[i].v = log[a][i].v
  /\ ncr' = ncr + 1
  /\ pro' = [pro EXCEPT ![a] = DiskPro(a)]
  /\ log' = [log EXCEPT ![a] = DiskLog(a)]
  /\ com' = [com EXCEPT ![a] = c]
  /\ out' = [out EXCEPT ![a] = NoOut]
  /\ gout' = [gout EXCEPT ![a] = {}]
  /\ hand' = [hand EXCEPT ![a] = NoHand]
  /\ lng' = [lng EXCEPT ![a] = DiskLng(a)]
  /\ StepDown(a)
  /\ rnds' = [rnds EXCEPT ![a] = {}]
  /\ grant' = [grant EXCEPT ![a] =
       IF ~DiskLng(a) \/ Has("quarantine-skipped")
       THEN [b |-> 0, rem |-> 0]
       ELSE [b |-> DiskPro(a), rem |-> LeaseA - Drift]]
  /\ UNCHANGED <<snap, dpro, dlog, p1a, p1b, p2a, p2b, cmt, lreq, lack,
                 seen, nsn, dlng, rel, known>>

------------------------------------------------------------------------------
(* Taking up a ballot, and leaving one *)

(* Somebody leads or led in these. *)
Led == {m[1] : m \in p2a} \cup {m[1] : m \in lreq}

(* No reply leaves: what is claimed later waits for its own sync. *)
Follow(a, b) ==
  /\ b > pro[a]
  /\ a # Owner(b)
  /\ b \in Led
  /\ Write(a, b, log[a])
  /\ StepDown(a)
  /\ UNCHANGED <<com, snap, out, grant, p1a, p1b, p2a, p2b, cmt, lreq, lack,
                 hist>>
  /\ Quiet

(* For good: a ballot is never taken up again by its owner. With its lease  *)
(* the grant to itself is void.                                             *)
GiveUp(n) ==
  /\ ph[n] # "f"
  /\ StepDown(n)
  /\ grant' = [grant EXCEPT ![n] =
       IF @.b # 0 /\ Owner(@.b) = n THEN [b |-> 0, rem |-> 0] ELSE @]
  /\ rnds' = [rnds EXCEPT ![n] = {}]
  /\ UNCHANGED <<mem, disk, p1a, p1b, p2a, p2b, cmt, lreq, lack, hist,
                 hand, gout, lng, dlng, rel, known>>

(* The owner of b says that it has left b: never while it leads in it. *)
HandOver(n, b) ==
  /\ Owner(b) = n
  /\ b <= pro[n]
  /\ mb[n] # b \/ Has("release-keeps-ballot")
  /\ rel' = rel \cup {b}
  /\ UNCHANGED <<vars, hand, gout, lng, dlng, rnds, known>>

(* A grant ends if the owner of its ballot has left that one or a later one *)
(* of its own; any other stays, for it may be the successor's.              *)
Ended(a, b) ==
  /\ grant[a].b # 0
  /\ \/ Owner(grant[a].b) = Owner(b) /\ grant[a].b <= b
     \/ Has("release-any-grant")

Drop(a, b) ==
  /\ b \in rel
  /\ Ended(a, b)
  /\ grant' = [grant EXCEPT ![a] = [b |-> 0, rem |-> 0]]
  /\ UNCHANGED <<mem, disk, mst, lease, lrem, lrnd, p1a, p1b, p2a, p2b, cmt,
                 lreq, lack, hist>>
  /\ Quiet

------------------------------------------------------------------------------
(* Catch-up and snapshots *)

(* The next entry, as some node holds it: the log entry of a higher ballot  *)
(* stays, for it holds the same value.                                      *)
Take(a, e) ==
  LET i == e[1] IN
  /\ e \in known
  /\ i = com[a] + 1
  /\ ph[a] # "m"
  /\ e[2] <= pro[a] \/ a \notin Voter
  /\ log[a][i].b >= e[2] => log[a][i].v = e[3] \* the code refuses it else
  /\ log' = [log EXCEPT ![a][i] =
       IF @.b >= e[2] THEN @ ELSE [b |-> e[2], v |-> e[3]]]
  /\ com' = [com EXCEPT ![a] = i]
  /\ UNCHANGED <<pro, snap, disk, mst, lse, p1a, p1b, p2a, p2b, cmt, lreq,
                 lack, hist>>
  /\ Knows(a)
  /\ UNCHANGED <<hand, gout, lng, dlng, rnds, rel>>

Folded(l, k, w) ==
  [i \in Inst |-> IF i <= k THEN [b |-> 0, v |-> w[i]]
                  ELSE IF Has("install-cuts-tail") THEN Empty ELSE l[i]]

(* A snapshot of what was chosen through k is durable before it counts; own *)
(* entries above it stay.                                                   *)
Install(a, k) ==
  /\ ph[a] = "f"
  /\ k > snap[a]
  /\ \A i \in 1..k : \E e \in known : e[1] = i
  /\ LET w == [i \in 1..k |-> (CHOOSE e \in known : e[1] = i)[3]]
     IN /\ log' = [log EXCEPT ![a] = Folded(@, k, w)]
        /\ dlog' = IF Split(a) THEN [dlog EXCEPT ![a] = Folded(@, k, w)]
                   ELSE dlog
        /\ hand' = [hand EXCEPT ![a].log = Folded(@, k, w)]
  /\ snap' = [snap EXCEPT ![a] = k]
  /\ com' = [com EXCEPT ![a] = IF k > @ THEN k ELSE @]
  /\ UNCHANGED <<pro, dpro, out, mst, lse, p1a, p1b, p2a, p2b, cmt, lreq,
                 lack, hist, gout, lng, dlng, rnds, rel, known>>

(* A checkpoint through k, and the log below it goes: k is committed and    *)
(* the own log is durable through it.                                       *)
Checkpoint(a, k) ==
  /\ nsn < MaxSnap
  /\ k > snap[a] /\ k <= com[a]
  /\ \A i \in (snap[a] + 1)..k : DiskLog(a)[i].v = log[a][i].v
  /\ LET w == [i \in 1..k |-> log[a][i].v]
     IN /\ log' = [log EXCEPT ![a] = Folded(@, k, w)]
        /\ dlog' = IF Split(a) THEN [dlog EXCEPT ![a] = Folded(@, k, w)]
                   ELSE dlog
        /\ hand' = [hand EXCEPT ![a].log = Folded(@, k, w)]
  /\ snap' = [snap EXCEPT ![a] = k]
  /\ nsn' = nsn + 1
  /\ UNCHANGED <<pro, com, dpro, out, mst, lse, p1a, p1b, p2a, p2b, cmt, lreq,
                 lack, seen, ncr, gout, lng, dlng, rnds, rel, known>>

------------------------------------------------------------------------------
(* Leases *)

Claimable(a, b) == DiskPro(a) = b /\ DiskLng(a)

Grant(a, b) ==
  /\ grant' = [grant EXCEPT ![a] = [b |-> b, rem |-> LeaseA - Drift]]
  /\ lng' = [lng EXCEPT ![a] = TRUE]

(* The answer leaves at once only if a restart would find whom to honour. *)
Answer(a, m) ==
  IF Claimable(a, m[2]) \/ ~Split(a) \/ Has("grant-not-durable")
  THEN lack' = lack \cup {m} /\ UNCHANGED gout
  ELSE gout' = [gout EXCEPT ![a] = @ \cup {m}] /\ UNCHANGED lack

LeaseAsk(n) ==
  /\ ph[n] = "m"
  /\ lrnd[n] < MaxRound
  /\ LET b == mb[n]  r == lrnd[n] + 1 IN
       /\ lrnd' = [lrnd EXCEPT ![n] = r]
       /\ lrem' = [lrem EXCEPT ![n] = LeaseM + Drift]
       /\ rnds' = [rnds EXCEPT ![n] =
            {x \in @ : x[1] = b} \cup {<<b, r, LeaseM + Drift>>}]
       /\ lreq' = lreq \cup {<<b, r>>}
       /\ Grant(n, b)
       /\ Answer(n, <<n, b, r>>)
  /\ UNCHANGED <<mem, disk, mst, lease, p1a, p1b, p2a, p2b, cmt, hist,
                 hand, dlng, rel, known>>

Answered(a, m) == m \in lack \/ m \in gout[a] \/ m \in hand[a].gout

LeaseYes(a, m) ==
  LET b == m[1]  r == m[2] IN
  /\ a # Owner(b)
  /\ pro[a] = b
  /\ ~Answered(a, <<a, b, r>>)
  /\ Grant(a, b)
  /\ Answer(a, <<a, b, r>>)
  /\ UNCHANGED <<mem, disk, mst, lease, lrem, lrnd, p1a, p1b, p2a, p2b, cmt,
                 lreq, hist, hand, dlng, rnds, rel, known>>

(* A majority answered one and the same round: its timer is the lease. *)
HoldRound(n, r) ==
  /\ ph[n] = "m"
  /\ \E q \in QL : \A a \in q : <<a, mb[n], r>> \in lack
  /\ \E x \in rnds[n] : /\ x[1] = mb[n] /\ x[2] = r /\ x[3] > lease[n]
                        /\ lease' = [lease EXCEPT ![n] = x[3]]
  /\ UNCHANGED <<mem, disk, mst, lrem, lrnd, grant, p1a, p1b, p2a, p2b, cmt,
                 lreq, lack, hist>>
  /\ Quiet

(* k units of time pass at once. *)
TickBy(k) ==
  LET dec(x) == IF x > k THEN x - k ELSE 0 IN
  /\ lease' = [n \in Node |-> dec(lease[n])]
  /\ lrem' = [n \in Node |-> dec(lrem[n])]
  /\ rnds' = [n \in Node |-> {<<x[1], x[2], x[3] - k>> :
                              x \in {y \in rnds[n] : y[3] > k}}]
  /\ grant' = [n \in Node |-> IF grant[n].rem <= k THEN [b |-> 0, rem |-> 0]
                              ELSE [grant[n] EXCEPT !.rem = @ - k]]
  /\ UNCHANGED <<mem, disk, mst, lrnd, p1a, p1b, p2a, p2b, cmt, lreq, lack,
                 hist, hand, gout, lng, dlng, rel, known>>

CTick ==
  /\ Ticking \/ \E n \in Node : rnds[n] # {}
  /\ TickBy(1)

CRead(n) == Read(n) /\ Quiet

------------------------------------------------------------------------------
CNext ==
  \/ \E n \in Node :
       \/ \E b \in Ballot : CStart(n, b)
       \/ \E m \in p1a : CPromise(n, m)
       \/ \E q \in Q1 : CMasterBy(n, q)
       \/ ph[n] = "m" /\ CProposeValue(n, Fresh(n, mb[n]))
       \/ \E m \in p2a : CAccept(n, m)
       \/ CCommit(n)
       \/ \E m \in cmt : CLearn(n, m)
       \/ HandOut(n)
       \/ Synced(n)
       \/ \E c \in 0..MaxInst : Restart(n, c)
       \/ Can("Follow") /\ \E b \in Ballot : Follow(n, b)
       \/ Can("GiveUp") /\ GiveUp(n)
       \/ Can("Release") /\ \E b \in Ballot \ rel : HandOver(n, b)
       \/ Can("Release") /\ \E b \in rel : Drop(n, b)
       \/ Can("Take") /\ \E e \in known : Take(n, e)
       \/ Can("Install") /\ \E k \in Inst : Install(n, k)
       \/ \E k \in Inst : Checkpoint(n, k)
       \/ LeaseAsk(n)
       \/ \E m \in lreq : LeaseYes(n, m)
       \/ \E r \in 1..MaxRound : HoldRound(n, r)
       \/ CRead(n)
  \/ CTick

CSpec == CInit /\ [][CNext]_allvars

(* A vote or a promise that was sent, and what a batch in flight holds. *)
HandIsPast ==
  \A n \in Node : hand[n].on => hand[n].pro <= pro[n] /\ dpro[n] <= hand[n].pro

(* A lease is honoured by a majority, for at least as long as it lasts. *)
Honoured ==
  \A n \in Node : lease[n] > 0 =>
    \E q \in QL : \A a \in q :
      grant[a].b # 0 /\ Owner(grant[a].b) = n /\ grant[a].rem >= lease[n]

(* What passes from node to node as chosen is chosen. *)
KnownChosen == \A e \in known : e[3] \in ChosenAt(e[1])

(* Witnesses: a model must reach them. *)
NeverTaken     == \A n \in Node : com[n] > 0 => \E m \in p2b : m[1] = n
NeverDropped   == \A n \in Node : lease[n] > 0 /\ mb[n] = 2 => 1 \notin rel
NeverFollowed  == \A n \in Node :
  pro[n] = 0 \/ Owner(pro[n]) = n \/ \E m \in p1b : m[1] = n /\ m[2] = pro[n]
==============================================================================
