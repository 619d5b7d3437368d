/*
 * What the subcommands of `sawatch` share. Each subcommand is one file with one function and one row in sawatch.c.
 *
 * A subcommand gets its own name as argv[0], prints its result to standard output and messages to standard error, and returns
 * the exit status: 0 done, 1 the thing asked about is not well (where that is the question), 2 wrong usage, 3 could not be done.
 */
#ifndef SAWATCH_TOOLS_TOOL_H
#define SAWATCH_TOOLS_TOOL_H

int saw_tool_audit(int argc, char **argv);
int saw_tool_doctor(int argc, char **argv);
int saw_tool_explain(int argc, char **argv);
int saw_tool_links(int argc, char **argv);
int saw_tool_mib(int argc, char **argv);
int saw_tool_mtu(int argc, char **argv);
int saw_tool_parse(int argc, char **argv);
int saw_tool_poll(int argc, char **argv);
int saw_tool_snapshot(int argc, char **argv);

#define SAW_EXIT_OK 0
#define SAW_EXIT_FOUND 1
#define SAW_EXIT_USAGE 2
#define SAW_EXIT_FAILED 3

int saw_tool_trust(int argc, char **argv);
int saw_tool_tunnels(int argc, char **argv);
int saw_tool_walk(int argc, char **argv);

#endif
