/*
 * whvrun: the end of the run
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
 * What it is for: why the guest's run ended, and with which code. Whoever ends it says so here, the threads of the
 * processors look here, and main turns it into an exit code. Knows nothing else of the program. One thread at a time
 * ends the run (the machine's lock sees to it); any may look.
 */

#ifndef __WHVRUN_HOST_END_H
#define __WHVRUN_HOST_END_H

enum end_reason
{
    END_NONE,           /* it goes on */
    END_EXIT_CODE,      /* debug-exit port; the code is the byte written */
    END_RESET,          /* keyboard controller, port 92 or cf9 */
    END_POWER_OFF,      /* ACPI port, or HLT with interrupts off */
    END_TRIPLE_FAULT,
    END_TIMEOUT,
    END_FAILED,         /* the platform refused, or the guest did what we can't do */
};

/* The first reason counts, and its code; later ones change nothing. */
extern void end_run( enum end_reason reason, unsigned int code );

extern enum end_reason end_reason( void );

/* What the guest wrote to the debug-exit port; 0 with any other reason. */
extern unsigned int end_code( void );

#endif /* __WHVRUN_HOST_END_H */
