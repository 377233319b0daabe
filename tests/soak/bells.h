/*
 * Doorbells, ports and triggers that come and go: what the parts of bells share
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
 * bells.c has the threads and what they do to the partition; bells_left.c what is left of partitions and objects that
 * have gone. They know the API and platform.h.
 */

#ifndef __SOAK_BELLS_H
#define __SOAK_BELLS_H

#include "platform.h"

#define VPS         4
#define PATIENCE    60000               /* ms: far more than any of it takes */
#define DEVICE      0x100000            /* guest-physical: no memory */
#define VECTOR      0x40                /* each vp has four */

struct worker
{
    uint64_t        random;
    volatile LONG   exits;              /* of its vp's stores */
    volatile UINT64 last_gpa;
    UINT64          rings, misses, races, triggers, partitions, rounds;
};

enum fault { FAULT_NONE, FAULT_HANDLE, FAULT_FD, FAULT_THREAD };

/* ---- bells.c ---- */

extern volatile LONG failed;
extern void complain( unsigned int vp, const char *what, UINT64 value );
/* FALSE: it failed, and the program fails with it. */
extern BOOL check( unsigned int vp, const char *what, HRESULT hr );
/* A number below range, of the worker's own series. */
extern UINT32 draw( struct worker *worker, UINT32 range );

/* ---- bells_left.c ---- */

/* Makes a partition with one of each, signals them, and deletes it at once. */
extern void bells_delete_partition( unsigned int vp );
/* Makes and deletes objects for so many rounds, and looks what is more after them. fault: leaves some of that. */
extern void bells_look_for_leaks( WHV_PARTITION_HANDLE partition, UINT32 rounds, enum fault fault );

#endif /* __SOAK_BELLS_H */
