/*
 * Exits for the straight way
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
 * What it is for: tests of exit/straight.h. The client's view is a guest that is about to execute an instruction; these
 * show, on the vp of machine.h, what KVM shows of its exit, and look what the straight way makes of it. Afterwards the
 * view is as before. Everything that looks ends the test with a message when it finds something else.
 * It knows two_ways.h.
 */

#ifndef __WHV_TESTS_STRAIGHT_MACHINE_H
#define __WHV_TESTS_STRAIGHT_MACHINE_H

#include "machine.h"
#include "two_ways.h"

enum shown_kind { SHOW_OUT, SHOW_IN, SHOW_WRITE, SHOW_READ };

struct shown
{
    UINT8  kind;
    UINT8  length;              /* of the instruction */
    UINT8  size;                /* of the access */
    UINT64 address;             /* the port, or the GPA */
    UINT64 data;                /* of OUT and a write */
    INT32  entered;             /* where the processor was entered, from the begin of the instruction on */
    BOOL   at;                  /* KVM shows RIP at it, though it is one that it shows behind */
    BOOL   rf;                  /* ... and RF set */
};

/* After one exit on the general way all is remembered that the straight way needs. It found the instruction. */
extern void straight_warm( const char *name, const struct shown *shown );
/* The straight way takes it, and gives what the general way gives, with and without what is remembered. */
extern void straight_taken( const char *name, const struct shown *shown );
/* It leaves early, and no trace. */
extern void straight_left( const char *name, const struct shown *shown );
/* It does the one or the other. */
extern void straight_true( const char *name, const struct shown *shown );

/* Was the exit that machine_run() has just brought taken by the straight way? For exits of which KVM has changed RIP
 * and RF alone, and before the client changes something. */
extern BOOL straight_was_taken( void );

/* The vp is as KVM_RUN has left it; and as it was before. */
extern void straight_show( const struct shown *shown );
extern void straight_back( void );
/* Nothing is remembered. */
extern void straight_forget( void );

/* The context of the last straight_taken, or of what straight_true found. */
extern WHV_RUN_VP_EXIT_CONTEXT straight_exit;

#endif /* __WHV_TESTS_STRAIGHT_MACHINE_H */
