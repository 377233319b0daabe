/*
 * Guest code: reading and decoding it (x86)
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

#include <string.h>

#include "host/kvm.h"
#include "insn/access.h"
#include "insn/brief.h"
#include "insn/decode.h"
#include "insn/insn.h"
#include "memory/gpa_access.h"
#include "memory/gpa_map.h"
#include "memory/gva_x86.h"
#include "vm/code_x86.h"
#include "vm/partition.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "vm/vp_x86.h"

BOOL code_translate( struct vp *vp, UINT64 gva, BOOL proven, UINT64 *gpa )
{
    struct gva_context context;

    vp_gva_context( vp, &context );
    context.proven = proven;
    return gva_translate( &context, gva, WHvTranslateGvaFlagPrivilegeExempt, gpa ) == WHvTranslateGvaResultSuccess;
}

UINT32 code_read( struct vp *vp, UINT64 linear, UINT8 *bytes, UINT32 count, BOOL proven )
{
    UINT32 done = 0, part;
    UINT64 gpa;
    HRESULT hr;

    while (done < count)
    {
        part = GPA_PAGE_SIZE - ((linear + done) & (GPA_PAGE_SIZE - 1));
        if (part > count - done) part = count - done;
        if (!code_translate( vp, linear + done, proven, &gpa )) break;
        if (proven) hr = gpa_read_fast( &vp->partition->gpa, gpa, bytes + done, part );
        else hr = gpa_read( &vp->partition->gpa, gpa, bytes + done, part );
        if (FAILED(hr)) break;
        done += part;
        proven = 0;             /* what was executed stands on the first page;
                                   the next one may never have been touched */
    }
    return done;
}

/* Bytes of an instruction that ends on the page of its last byte: up to room bytes before end. Returns how many; they
 * stand at the end of the buffer. The page before is read only if all is set. proven: of the last byte,
 * as for code_read. */
UINT32 code_read_before( struct vp *vp, UINT64 end, UINT8 bytes[INSN_MAX_LENGTH], BOOL all, BOOL proven )
{
    UINT32 count = ((end - 1) & (GPA_PAGE_SIZE - 1)) + 1, rest;

    if (count > INSN_MAX_LENGTH) count = INSN_MAX_LENGTH;
    if (code_read( vp, end - count, bytes + INSN_MAX_LENGTH - count, count, proven ) != count) return 0;
    if (!all || (rest = INSN_MAX_LENGTH - count) == 0) return count;
    if (code_read( vp, end - INSN_MAX_LENGTH, bytes, rest, 0 ) != rest) return count;
    return INSN_MAX_LENGTH;
}

const struct insn *code_decode( struct vp *vp, UINT64 linear, const UINT8 *bytes, UINT32 count )
{
    struct insn_cache_entry *entry = code_place( vp, linear );
    enum insn_mode mode = vp_insn_mode( vp );

    if (entry->linear == linear && entry->insn.length && entry->insn.length <= count && entry->insn.mode == mode &&
        !memcmp( entry->bytes, bytes, entry->insn.length )) return &entry->insn;

    if (entry == vp->arch.code.stays) entry = &vp->arch.code.spare;
    /* no address of this place: the thread may be killed before all is said */
    entry->linear = linear ^ 1;
    __atomic_signal_fence( __ATOMIC_SEQ_CST );
    entry->insn.length = 0;
    entry->brief.kind = BRIEF_NONE;
    entry->mask[0] = entry->mask[1] = 0;
    if (FAILED(insn_decode( bytes, count, mode, &entry->insn )))
    {
        entry->insn.length = 0;
        return NULL;
    }
    memcpy( entry->bytes, bytes, entry->insn.length );
    memset( entry->mask, 0xff, entry->insn.length );
    insn_describe( &entry->insn, &entry->brief );
    __atomic_signal_fence( __ATOMIC_SEQ_CST );
    entry->linear = linear;
    return &entry->insn;
}

void code_note_end( struct vp *vp, UINT64 end, UINT8 length )
{
    vp->arch.code.ends[end & (INSN_CACHE_SIZE - 1)] = length;
}

void code_forget( struct vp *vp )
{
    memset( vp->arch.code.cache, 0, sizeof(vp->arch.code.cache) );
    vp->arch.code.stays = NULL;
}

/* Does a remembered instruction end here, with the same bytes? Saves up to 15 decodings. */
const struct insn *code_remembered( struct vp *vp, UINT64 end, const UINT8 bytes[INSN_MAX_LENGTH], UINT32 count )
{
    UINT8 length = vp->arch.code.ends[end & (INSN_CACHE_SIZE - 1)];
    struct insn_cache_entry *entry;
    UINT64 linear = end - length;

    if (!length || length > count) return NULL;
    entry = code_place( vp, linear );
    if (entry->linear != linear || entry->insn.length != length || entry->insn.mode != vp_insn_mode( vp ) ||
        memcmp( entry->bytes, bytes + INSN_MAX_LENGTH - length, length )) return NULL;
    return &entry->insn;
}

BOOL code_store_owed( const struct vp *vp )
{
    const struct insn *insn = vp->arch.pending.insn;

    if (vp->thread.lost) return 1;
    return vp->arch.pending.kind == PENDING_OTHER && (!insn->length || insn_stores( insn ));
}
