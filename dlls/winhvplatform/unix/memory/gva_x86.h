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

#endif /* __WHV_UNIX_MEMORY_GVA_X86_H */
