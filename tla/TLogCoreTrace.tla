----------------------------- MODULE TLogCoreTrace -----------------------------
(***************************************************************************)
(* Trace validation: is what the shipped core did a behaviour of TLogCore? *)
(*                                                                         *)
(* The trace is a sequence of records, one per action, in the true order   *)
(* over all nodes.  Each line names its action and every choice the spec   *)
(* leaves open, so a line has at most one successor and TLC walks one      *)
(* path.  When a line has none, TLC reports a deadlock in the state before *)
(* it: l is the number of the line that did not fit.                       *)
(*                                                                         *)
(* A "Reset" line starts a new run, so one TLC start checks a whole batch. *)
(***************************************************************************)
EXTENDS TLogCore, TLogCoreTraceData, TLC

VARIABLES
  l,      \* the next line
  shown   \* the newest state that a read under a lease has shown

tvars == <<allvars, l, shown>>

e == Trace[l]

TraceInit == CInit /\ l = 1 /\ shown = 0

Reset ==
  /\ pro' = [n \in Node |-> 0] /\ log' = [n \in Node |-> NoLog]
  /\ com' = [n \in Node |-> 0] /\ snap' = [n \in Node |-> 0]
  /\ dpro' = [n \in Node |-> 0] /\ dlog' = [n \in Node |-> NoLog]
  /\ out' = [n \in Node |-> NoOut]
  /\ ph' = [n \in Node |-> "f"] /\ mb' = [n \in Node |-> 0]
  /\ bar' = [n \in Node |-> 0]
  /\ lease' = [n \in Node |-> 0] /\ lrem' = [n \in Node |-> 0]
  /\ lrnd' = [n \in Node |-> 0]
  /\ grant' = [n \in Node |-> [b |-> 0, rem |-> 0]]
  /\ p1a' = {} /\ p1b' = {} /\ p2a' = {} /\ p2b' = {}
  /\ cmt' = {} /\ lreq' = {} /\ lack' = {}
  /\ seen' = 0 /\ ncr' = 0 /\ nsn' = 0
  /\ hand' = [n \in Node |-> NoHand] /\ gout' = [n \in Node |-> {}]
  /\ lng' = [n \in Node |-> FALSE] /\ dlng' = [n \in Node |-> FALSE]
  /\ rnds' = [n \in Node |-> {}] /\ rel' = {} /\ known' = {}

(* what the line says of the node after the action; a ballot is left inside *)
(* the step that promises the next one, so GiveUp tells that one's promise  *)
Post ==
  /\ pro'[e.n] = e.pro \/ e.a = "GiveUp"
  /\ com'[e.n] = e.com
  /\ snap'[e.n] = e.snap
  /\ ph'[e.n] = e.ph

Stay == UNCHANGED allvars

Proposed ==
  /\ ProposeValue(e.n, e.v) /\ Quiet
  /\ log'[e.n][e.i] = [b |-> e.b, v |-> e.v]

Elected ==
  /\ CMasterBy(e.n, {e.q[k] : k \in DOMAIN e.q})
  /\ bar'[e.n] = e.bar
  /\ e.bar = com[e.n] + Len(e.vals)
  /\ \A k \in DOMAIN e.vals : log'[e.n][com[e.n] + k].v = e.vals[k]

(* A request that comes twice, or is answered again, changes nothing. *)
Granted ==
  /\ <<e.b, e.r>> \in lreq
  /\ \/ LeaseYes(e.n, <<e.b, e.r>>)
     \/ Answered(e.n, <<e.n, e.b, e.r>>) /\ Stay

Held ==
  \/ HoldRound(e.n, e.r)
  \/ /\ \E q \in QL : \A a \in q : <<a, mb[e.n], e.r>> \in lack
     /\ \A x \in rnds[e.n] : x[2] = e.r => x[3] <= lease[e.n]
     /\ Stay

Released ==
  /\ e.b \in rel
  /\ IF Ended(e.n, e.b) THEN Drop(e.n, e.b) ELSE Stay

(* The state shown is one that this node knows to be chosen, and none older *)
(* than any shown before.                                                   *)
Shows ==
  /\ CanRead(e.n)
  /\ e.i <= com[e.n]
  /\ e.i > bar[e.n]
  /\ e.i >= shown
  /\ Stay

Act(a) ==
  \/ a = "Hand"     /\ HandOut(e.n)
  \/ a = "Sync"     /\ Synced(e.n)
  \/ a = "Start"    /\ CStart(e.n, e.b)
  \/ a = "Promise"  /\ \E m \in p1a : m[1] = e.b /\ CPromise(e.n, m)
  \/ a = "Master"   /\ Elected
  \/ a = "Propose"  /\ Proposed
  \/ a = "Accept"   /\ <<e.b, e.i, e.v>> \in p2a
                    /\ CAccept(e.n, <<e.b, e.i, e.v>>)
  \/ a = "Commit"   /\ CCommit(e.n)
  \/ a = "Learn"    /\ <<e.b, e.c>> \in cmt
                    /\ CLearn(e.n, <<e.b, e.c>>)
  \/ a = "Follow"   /\ Follow(e.n, e.b)
  \/ a = "GiveUp"   /\ GiveUp(e.n)
  \/ a = "HandOver" /\ HandOver(e.n, e.b)
  \/ a = "Release"  /\ Released
  \/ a = "Take"     /\ Take(e.n, <<e.i, e.b, e.v>>)
  \/ a = "Install"  /\ Install(e.n, e.i)
  \/ a = "Collapse" /\ Checkpoint(e.n, e.i)
  \/ a = "Crash"    /\ Restart(e.n, e.com)
  \/ a = "LeaseReq" /\ LeaseAsk(e.n) /\ lrnd'[e.n] = e.r
  \/ a = "Grant"    /\ Granted
  \/ a = "Hold"     /\ Held
  \/ a = "Read"     /\ Shows

TraceNext ==
  \/ /\ l <= Len(Trace)
     /\ l' = l + 1
     /\ \/ e.a = "Reset" /\ Reset /\ shown' = 0
        \/ e.a = "Tick" /\ TickBy(e.d) /\ UNCHANGED shown
        \/ /\ e.a \notin {"Reset", "Tick"}
           /\ Act(e.a)
           /\ Post
           /\ shown' = IF e.a = "Read" THEN e.i ELSE shown
  \/ /\ l > Len(Trace)
     /\ UNCHANGED tvars

TraceSpec == TraceInit /\ [][TraceNext]_tvars
==============================================================================
