/*
 * Memory of executed instructions
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

#if 0
#pragma makedep unix
#endif

#include "config.h"

#include "host/x86.h"
#include "insn/access.h"
#include "insn/insn.h"
#include "memory/gpa_access.h"
#include "memory/gpa_map.h"
#include "memory/gva_x86.h"
#include "softkvm/fault.h"
#include "softkvm/memory.h"
#include "softkvm/state.h"
#include "vm/code_x86.h"
#include "vm/partition.h"
#include "vm/vp.h"

UINT64 execute_address( const struct execute *ex )
{
    struct insn_access access;

    if (!insn_plain_access( &ex->insn, ex->gpr, ex->rip, &access )) return 0;
    return code_linear( ex->vp, access.segment, access.offset );
}

static enum execute_result page_fault( struct execute *ex, WHV_TRANSLATE_GVA_RESULT_CODE code, UINT64 gva, BOOL write )
{
    UINT32 error = (write ? PF_WRITE : 0) | (ex->cpl == 3 ? PF_USER : 0);

    switch (code)
    {
    case WHvTranslateGvaResultPageNotPresent:
        break;
    case WHvTranslateGvaResultPrivilegeViolation:
        error |= PF_PRESENT;
        break;
    case WHvTranslateGvaResultInvalidPageTableFlags:
        error |= PF_PRESENT | PF_RESERVED;
        break;
    default:
        return EXECUTE_REFUSED;         /* no RAM: not ours */
    }
    return execute_fault_code( ex, VECTOR_PF, error, gva );
}

enum execute_result execute_open( struct execute *ex, UINT8 segment, UINT64 gva, UINT32 size, BOOL write,
                                  struct execute_memory *memory )
{
    UINT32 flags = WHvTranslateGvaFlagValidateRead | WHvTranslateGvaFlagSetPageTableBits, done, part;
    UINT64 top = canonical_top( ex->gva.cr4 );
    WHV_TRANSLATE_GVA_RESULT_CODE code;

    if (write) flags |= WHvTranslateGvaFlagValidateWrite;
    if (ex->mode == INSN_MODE_64 && (gva + top >= 2 * top || gva + size - 1 + top >= 2 * top))
        return execute_fault( ex, segment == SEGMENT_SS ? VECTOR_SS : VECTOR_GP );

    memory->gva = gva;
    memory->size = size;
    memory->count = 0;
    for (done = 0; done < size; done += part)
    {
        if (memory->count == EXECUTE_MAX_PARTS) return EXECUTE_REFUSED;
        part = GPA_PAGE_SIZE - ((gva + done) & (GPA_PAGE_SIZE - 1));
        if (part > size - done) part = size - done;
        code = gva_translate( &ex->gva, gva + done, flags, &memory->parts[memory->count].gpa );
        if (code != WHvTranslateGvaResultSuccess) return page_fault( ex, code, gva + done, write );
        memory->parts[memory->count++].size = part;
    }
    return EXECUTE_DONE;
}

enum execute_result execute_open_access( struct execute *ex, const struct insn_access *access,
                                         struct execute_memory *memory )
{
    UINT64 gva = code_linear( ex->vp, access->segment, access->offset );

    if (access->kind == INSN_ACCESS_LINE) gva &= ~(UINT64)(access->size - 1);
    return execute_open( ex, access->segment, gva, access->size, !!(access->access & INSN_WRITE), memory );
}

enum execute_result execute_open_operand( struct execute *ex, struct execute_memory *memory )
{
    struct insn_access access;

    if (!insn_plain_access( &ex->insn, ex->gpr, ex->rip, &access )) return EXECUTE_REFUSED;
    return execute_open_access( ex, &access, memory );
}

static BOOL copy( struct execute *ex, const struct execute_memory *memory, UINT32 offset, UINT8 *data, UINT32 size,
                  BOOL write )
{
    const struct gpa_map *map = &ex->vp->partition->gpa;
    UINT32 i, part, begin = 0;
    HRESULT hr;

    for (i = 0; i < memory->count && size; begin += memory->parts[i++].size)
    {
        if (offset >= begin + memory->parts[i].size) continue;
        part = begin + memory->parts[i].size - offset;
        if (part > size) part = size;
        hr = write ? gpa_write( map, memory->parts[i].gpa + (offset - begin), data, part )
                   : gpa_read( map, memory->parts[i].gpa + (offset - begin), data, part );
        if (FAILED(hr)) return 0;
        offset += part;
        data += part;
        size -= part;
    }
    return !size;
}

BOOL execute_read( struct execute *ex, const struct execute_memory *memory, UINT32 offset, void *data, UINT32 size )
{
    return copy( ex, memory, offset, data, size, 0 );
}

BOOL execute_write( struct execute *ex, const struct execute_memory *memory, UINT32 offset, const void *data,
                    UINT32 size )
{
    return copy( ex, memory, offset, (UINT8 *)data, size, 1 );
}
