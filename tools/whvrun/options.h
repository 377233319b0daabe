/*
 * whvrun: the command line
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
 * What it is for: what the user wants, out of the command line. Knows what can be told to a machine, and no guest.
 */

#ifndef __WHVRUN_OPTIONS_H
#define __WHVRUN_OPTIONS_H

#include <stdio.h>

#include "machine.h"

#define DEFAULT_COMMAND_LINE "console=ttyS0 earlyprintk=serial panic=-1"

/* exit codes, where the guest gives none: as timeout(1) has them */
enum { EXIT_OK = 0, EXIT_TRIPLE_FAULT = 123, EXIT_TIMEOUT = 124, EXIT_OURS = 125 };

struct options
{
    struct machine_options machine;
    const char *flat, *sector, *kernel;         /* names of files; one at most, or else the guest that is built in */
    UINT64 address;                             /* of the flat image */
    const char *initrd, *append;                /* for the kernel, or NULL */
};

/* FALSE: something was not understood, and has been told. --help and --version print and end the program. */
extern BOOL options_parse( int argc, char *argv[], struct options *options );

extern void options_usage( FILE *out );

#endif /* __WHVRUN_OPTIONS_H */
