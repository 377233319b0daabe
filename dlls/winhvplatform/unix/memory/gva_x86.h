/*
 * Guest page tables
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
 * The page walker: guest-virtual to guest-physical addresses in all paging modes.
 * Access rights, A/D bits as asked, result codes as the hypervisor defines them (TLFS, HvTranslateVirtualAddress).
 * Knows the control registers that it is given and guest memory through gpa_access.h; knows no vp.
 * Page tables are hostile: every entry is checked, no loop is longer than the levels.
 */

#ifndef __WHV_UNIX_MEMORY_GVA_X86_H
#define __WHV_UNIX_MEMORY_GVA_X86_H

#include "host/x86.h"
#include "winhvplatformdefs.h"

struct gpa_map;

struct gva_context
{
    const struct gpa_map *map;
    UINT64 cr0, cr3, cr4, efer, rflags;
    UINT8  cpl;
    UINT8  phys_bits;           /* guest MAXPHYADDR: higher bits in entries are reserved */
    UINT8  has_1g_pages;
    UINT8  proven;              /* the processor itself made this very walk just now:
                                   plain loads, no system call (exit path) */
};

/***********************************************************************
 *           gva_translate
 *
 * PARAMS
 *  context [I] paging registers of the vp
 *  gva     [I] linear address, any alignment; cut to 32 bits outside of long mode
 *  flags   [I] WHV_TRANSLATE_GVA_FLAGS: what is validated; none of the Validate bits: only presence
 *  gpa     [O] full byte address if Success is returned; for GpaUnmapped, GpaNoReadAccess and GpaNoWriteAccess the
 *              address (of the page or of a page table entry) that is to blame; otherwise 0
 *
 * RETURNS
 *  WHV_TRANSLATE_GVA_RESULT_CODE. The final GPA need not be mapped with paging off or on unless a Validate flag asks
 *  for an access: GpaUnmapped, GpaNoReadAccess, GpaNoWriteAccess. Not canonical: PageNotPresent.
 *  PrivilegeExempt leaves user/supervisor, SMEP and SMAP out. EnforceSmap treats RFLAGS.AC as clear, OverrideSmap as
 *  set. SetPageTableBits sets A and (with ValidateWrite) D when everything else has succeeded; without it
 *  nothing is written.
 */
extern WHV_TRANSLATE_GVA_RESULT_CODE gva_translate( const struct gva_context *context, UINT64 gva, UINT32 flags,
                                                    UINT64 *gpa );

/* The entries by which an address was translated: as long as they stand, so does the translation. Of entries of 4
 * bytes their neighbours are watched too; those that a mode does not have are of no level, and never change. */
#define GVA_PATH_LEVELS 5

struct gva_path
{
    UINT64 gpa;
    struct
    {
        const UINT64 *at;       /* host address */
        UINT64        value;
    } entry[GVA_PATH_LEVELS];
};

/* What of the control registers says how tables are read, beside CR3. The bits are in places of their own. */
static inline UINT64 gva_mode( UINT64 cr0, UINT64 cr4, UINT64 efer )
{
    return (cr0 & CR0_PG) | (cr4 & (CR4_PSE | CR4_PAE | CR4_LA57)) | (efer & EFER_LMA);
}

/* A translation that the processor has just made (context->proven), with no rights asked, and its path. FALSE: it does
 * not translate, or an entry lies where it can't be read. */
extern BOOL gva_find_path( const struct gva_context *context, UINT64 gva, struct gva_path *path );

static inline BOOL gva_entry_stands( const struct gva_path *path, UINT32 level )
{
    return *(const volatile UINT64 *)path->entry[level].at == path->entry[level].value;
}

/* Every exit asks: without a loop. */
static inline BOOL gva_path_stands( const struct gva_path *path )
{
    return gva_entry_stands( path, 0 ) && gva_entry_stands( path, 1 ) && gva_entry_stands( path, 2 ) &&
           gva_entry_stands( path, 3 ) && gva_entry_stands( path, 4 );
}

#endif /* __WHV_UNIX_MEMORY_GVA_X86_H */
