/*
 * Counting instructions: what the files of it share
 *
 * Copyright 2026 the winehvplatform authors
 *
 * This library is free software; you can redistribute it and/or
 * modify it under the terms of the GNU Lesser General Public
 * License as published by the Free Software Foundation; either
 * version 2.1 of the License, or (at your option) any later version.
 *
 * This library is distributed in the hope that it will be useful,
 * but WITHOUT ANY WARRANTY; without even the implied warranty of
 * MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.  See the GNU
 * Lesser General Public License for more details.
 *
 * You should have received a copy of the GNU Lesser General Public
 * License along with this library; if not, write to the Free Software
 * Foundation, Inc., 51 Franklin St, Fifth Floor, Boston, MA 02110-1301, USA
 */

/*
 * The counter is a tracer: it starts a client of ours under Wine, steps its thread from one
 * KVM_RUN to the next, an instruction at a time, and tells where they were. It knows ptrace, /proc
 * and ELF, of KVM the number of KVM_RUN alone, and nothing of Wine but the names of its files.
 */

#ifndef __STEPS_H
#define __STEPS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MAX_STEPS    200000     /* of one round */
#define SPARE_ROUNDS 8          /* more than wanted, for those that a signal disturbs */

/* one round: the instructions between two KVM_RUNs, or of one call */
struct round
{
    unsigned int count;         /* instructions, without system calls; each turn of a REP is one */
    unsigned int syscalls;      /* system calls, without KVM_RUN */
    uint64_t *rips;             /* where they were, MAX_STEPS of room */
};

/**** the client: steps_trace.c. Errors end the program: die() ****/

extern void die( const char *format, ... ) __attribute__((format(printf, 1, 2), noreturn));

/* Starts ARGV with pipes to its standard input and from its standard output. */
extern void client_start( char *argv[] );
/* One line to the client, without the newline. */
extern void client_say( const char *line );
/* One line of the client's, without its newline, good until the next; NULL when it has ended. */
extern char *client_hear( void );
/* The process of the client's that has FILE mapped and our pipe open. */
extern pid_t client_process( const char *file );

/* Sends LINE to the client, of PROCESS, which must make it make WARM + COUNT + SPARE_ROUNDS KVM_RUNs or more. The
 * thread that makes them passes WARM, and is stepped from there on through COUNT rounds, fewer if that takes long. FROM
 * 0: a round is from a KVM_RUN to the next; else from the instruction at FROM until its caller is returned to. Then the
 * client runs freely again. Returns the number of rounds that are filled: those in which no signal came. */
extern unsigned int trace_rounds( pid_t process, const char *line, unsigned int warm, uint64_t from,
                                  struct round *rounds, unsigned int count );
/* Whether this system lets us. */
extern int trace_allowed( pid_t process );

/**** who an address belongs to: steps_symbols.c ****/

/* Reads where PROCESS has its ELF files, and their symbols. */
extern void symbols_read( pid_t process );
/* Another module, one that only Windows knows. The name is copied. */
extern void symbols_add_module( const char *name, uint64_t base, uint64_t size );
/* The module's name, "?" if it has none. *FUNCTION: its function, NULL if that can't be told. Both stay valid. */
extern const char *symbols_find( uint64_t address, const char **function );

#endif /* __STEPS_H */
