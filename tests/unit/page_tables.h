/*
 * A guest with page tables
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
 * What it is for: tests of the page walker, which want tables of every kind in a little memory. With macros for the
 * bits, so that a row of a test reads as the manual does. It knows gva_x86.h and gpa_map.h.
 */

#ifndef __WHV_TESTS_PAGE_TABLES_H
#define __WHV_TESTS_PAGE_TABLES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "memory/gpa_map.h"
#include "memory/gva_x86.h"

#define PAGE GPA_PAGE_SIZE

#define P   (1ull << 0)
#define W   (1ull << 1)
#define U   (1ull << 2)
#define A   (1ull << 5)
#define D   (1ull << 6)
#define PS  (1ull << 7)
#define NX  (1ull << 63)

#define EFER_LME  (1ull << 8)
#define AC        (1ull << 18)

#define READ      WHvTranslateGvaFlagValidateRead
#define WRITE     WHvTranslateGvaFlagValidateWrite
#define EXECUTE   WHvTranslateGvaFlagValidateExecute
#define EXEMPT    WHvTranslateGvaFlagPrivilegeExempt
#define SET_BITS  WHvTranslateGvaFlagSetPageTableBits
#define ENFORCE   WHvTranslateGvaFlagEnforceSmap
#define OVERRIDE  WHvTranslateGvaFlagOverrideSmap

#define SUCCESS      WHvTranslateGvaResultSuccess
#define NOT_PRESENT  WHvTranslateGvaResultPageNotPresent
#define PRIVILEGE    WHvTranslateGvaResultPrivilegeViolation
#define INVALID      WHvTranslateGvaResultInvalidPageTableFlags
#define UNMAPPED     WHvTranslateGvaResultGpaUnmapped
#define NO_READ      WHvTranslateGvaResultGpaNoReadAccess
#define NO_WRITE     WHvTranslateGvaResultGpaNoWriteAccess

#define RAM_PAGES 64

enum mode { NONE, BITS32, PAE, LEVEL4, LEVEL5 };

struct page_tables
{
    UINT8             *ram;             /* RAM_PAGES of them, at GPA 0 */
    struct gpa_map     map;
    struct gva_context context;
    UINT64             next_table;      /* GPA of the next page for a table */
};

extern struct page_tables pt;

/* cmocka's */
extern int pt_setup( void **state );
extern int pt_teardown( void **state );

/* Paging of that mode with empty tables, all else of the processor as an operating system has it. */
extern void pt_set_mode( enum mode mode );
extern UINT64 *pt_entry64( UINT64 gpa );
extern UINT32 *pt_entry32( UINT64 gpa );
/* GPA of the entry of a level, 1 for the last; tables above it are made as needed with the given flags. */
extern UINT64 pt_entry_at( enum mode mode, UINT64 gva, unsigned int level, UINT64 flags );
/* Puts this entry there, below tables that allow everything; returns its GPA. */
extern UINT64 pt_map_page( enum mode mode, UINT64 gva, unsigned int level, UINT64 entry );

/* gva_translate gives this. */
extern void pt_check_( int line, UINT64 gva, UINT32 flags, WHV_TRANSLATE_GVA_RESULT_CODE expected,
                       UINT64 expected_gpa );
#define pt_check( gva, flags, expected, gpa ) pt_check_( __LINE__, gva, flags, expected, gpa )

#endif /* __WHV_TESTS_PAGE_TABLES_H */
