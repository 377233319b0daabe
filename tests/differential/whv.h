/*
 * Differential test: the clients of the platform, between their files
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
 * What the files of the clients share: the two partitions, their memory, a list of registers, and the checks at an
 * exit. It knows differential.h, and the platform's functions by the names of their rooms. For whv*.c alone.
 */

#ifndef __WHV_TESTS_DIFFERENTIAL_WHV_H
#define __WHV_TESTS_DIFFERENTIAL_WHV_H

#include "differential.h"
#include "vm/vp.h"

/* The second partition has all memory read-only, as snapshot fuzzers do: they make a page writable at the exit. */
struct whv
{
    WHV_PARTITION_HANDLE partitions[2], partition;      /* partition: the one of this case */
    UINT8               *memory;                        /* RAM_SIZE, of both */
};

extern struct whv whv;

/* Registers that are to be got or set, in this order. */
struct whv_list
{
    WHV_REGISTER_NAME  names[96];
    WHV_REGISTER_VALUE values[96];
    UINT32             count;
};

extern struct whv_list whv_list;
extern void whv_add( WHV_REGISTER_NAME name, UINT64 value );

/* The registers that a case begins with; outcome->text says what was refused. Those that it ends with. */
extern void whv_load_state( struct vp *vp, const struct test *test, struct outcome *outcome );
extern void whv_store_state( struct vp *vp, const struct test *test, struct outcome *outcome );

/* NULL: it can't be locked. To be given back with vp_unlock. */
extern struct vp *whv_lock_vp( void );

/* FALSE: the outcome says what is wrong. At the first exit; when the vp is run again without having been touched. */
extern BOOL whv_check_first_exit( struct vp *vp, const struct test *test, const WHV_RUN_VP_EXIT_CONTEXT *exit,
                                  struct outcome *outcome );
extern BOOL whv_run_again( const struct test *test, const WHV_RUN_VP_EXIT_CONTEXT *exit, struct outcome *outcome );
/* The client goes elsewhere at this exit, by test->away; the outcome says what was seen of the instruction. */
extern void whv_leave( const struct test *test, const WHV_RUN_VP_EXIT_CONTEXT *exit, struct outcome *outcome );

#endif /* __WHV_TESTS_DIFFERENTIAL_WHV_H */
