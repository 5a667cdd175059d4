// Command arakoon is the node and every command that clients and operators use.
//
//	arakoon dev                               a cluster on this machine, to try things
//	arakoon server --config F --node N        one node
//	arakoon get | set | delete | …            clients
//	arakoon status | who-master | …           operators
//	arakoon --node N -config F                Arakoon's own forms, as scripts have them
//
// main.go looks at the first argument: Arakoon's own options go to
// arakoon_parse.go (left to right, the last action counts) and arakoon_run.go
// (its outputs and exit codes), everything else to the verbs of root.go.
//
// Data goes to standard output, everything else to standard error. Errors name
// the cause and the next step; exit.go has the exit codes.
package main
