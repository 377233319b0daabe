/*
 * Looking backwards for an instruction (x86)
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

#include "exit/rewind_operand.h"
#include "exit/rewind_search.h"
#include "exit/rewind_types.h"
#include "insn/decode.h"
#include "insn/insn.h"
#include "memory/gpa_map.h"
#include "vm/code_x86.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

/* How far back choose() looks for the rhythm of the instructions. */
#define CHOOSE_BYTES 192

void rewind_start( struct vp *vp, struct rewind_result *result )
{
    memset( &result->insn, 0, sizeof(result->insn) );
    result->byte_count = 0;
    result->before = *view_regs( vp );
    result->gva = 0;
    result->access = 0;
    result->gva_valid = result->behind = result->fragments = result->incomplete = result->lost = result->half = 0;
}

/* Decode forward from pos to the first candidate, given by its distance from the end. Jumps forward are followed, those
 * back are where this way ends. Returns the candidate, or 0. */
static UINT32 walk_to_candidate( struct vp *vp, const UINT8 *bytes, UINT32 pos, UINT32 count, UINT32 candidates )
{
    struct insn insn;

    for ( ; pos < count; pos += insn.length)
    {
        UINT64 skip;

        if (count - pos <= INSN_MAX_LENGTH && candidates >> (count - pos) & 1) return count - pos;
        if (FAILED(insn_decode( bytes + pos, count - pos, vp_insn_mode( vp ), &insn ))) return 0;
        if (insn.op != INSN_JMP || insn.operands[0].kind != INSN_OPERAND_IMMEDIATE) continue;
        skip = insn.operands[0].imm;
        if (skip >= count) return 0;
        pos += skip;
    }
    return 0;
}

/* Several candidates do the same: they differ by prefixes without effect, which may as well be the tail of the
 * instruction before. Where the processor went in is a place where an instruction begins. Else, decoding forward from
 * anywhere earlier falls into step with the real instructions: where most of these walks land it is. */
static UINT32 choose( struct vp *vp, UINT64 end, UINT32 candidates )
{
    UINT8 bytes[CHOOSE_BYTES], votes[INSN_MAX_LENGTH + 1] = { 0 };
    UINT32 count = ((end - 1) & (GPA_PAGE_SIZE - 1)) + 1, start, length, best = 0;
    UINT64 entry = vp->arch.entry_linear;

    if (count > CHOOSE_BYTES) count = CHOOSE_BYTES;
    if (code_read( vp, end - count, bytes, count, 1 ) != count) count = 0;
    if (end - entry <= count &&
        (length = walk_to_candidate( vp, bytes, count - (end - entry), count, candidates ))) return length;
    if (end - entry > count && end - entry <= CHOOSE_BYTES &&
        code_read( vp, entry, bytes, end - entry, 0 ) == end - entry)
    {
        if ((length = walk_to_candidate( vp, bytes, 0, end - entry, candidates ))) return length;
        code_read( vp, end - count, bytes, count, 1 );
    }
    for (start = 0; start + INSN_MAX_LENGTH < count; start++)
        if ((length = walk_to_candidate( vp, bytes, start, count, candidates ))) votes[length]++;
    for (length = 1; length <= INSN_MAX_LENGTH; length++)
        if (candidates >> length & 1 && (!best || votes[length] > votes[best])) best = length;
    return best;
}

/* Did the processor go in at an instruction that ends here too, but is longer or shorter? Then it was that one,
 * whatever has been executed here before. */
static BOOL is_entered_elsewhere( struct vp *vp, UINT64 linear, const UINT8 bytes[INSN_MAX_LENGTH], UINT32 count,
                                  const struct insn **insn )
{
    UINT64 distance = linear - vp->arch.entry_linear;
    const struct insn *entered;

    if (!distance || distance == (*insn)->length) return 0;
    if (distance < (*insn)->length) return 1;
    if (distance > count) return 0;
    entered = code_decode( vp, vp->arch.entry_linear, bytes + INSN_MAX_LENGTH - distance, distance );
    if (entered && entered->length == distance) return 1;
    /* decoding it may have taken the other's place */
    *insn = code_remembered( vp, linear, bytes, count );
    return !*insn;
}

/* Instructions of all lengths that end at end: decoded, and asked whether they could have done it. Returns the length
 * of the one that has, with the result filled, or 0. An exact match goes before one whose data can't be told, unless
 * the processor went in at the latter. */
UINT32 rewind_search( struct vp *vp, UINT64 end, BOOL proven, rewind_try_func try, const void *access,
                             struct rewind_result *result )
{
    UINT8 bytes[INSN_MAX_LENGTH];
    UINT64 linear = code_linear( vp, SEGMENT_CS, end ), entry = linear - vp->arch.entry_linear;
    const struct insn *insn;
    UINT32 count, length, known = 1, candidates[MATCH_EXACT + 1] = { 0 };
    BOOL all = 0;

    if (!(count = code_read_before( vp, linear, bytes, 0, proven ))) return 0;

    if ((insn = code_remembered( vp, linear, bytes, count )) && insn->length <= end &&
        !is_entered_elsewhere( vp, linear, bytes, count, &insn ) &&
        try( vp, insn, end - insn->length, end, access, result ) == MATCH_EXACT)
    {
        rewind_take_bytes( result, bytes + INSN_MAX_LENGTH - insn->length, insn->length );
        return insn->length;
    }

    for (;;)
    {
        for (length = known; length <= count && length <= end; length++)
        {
            if (!(insn = code_decode( vp, linear - length, bytes + INSN_MAX_LENGTH - length, length ))) continue;
            if (insn->length != length) continue;
            candidates[try( vp, insn, end - length, end, access, result )] |= 1 << length;
        }
        if (all || count == INSN_MAX_LENGTH) break;
        /* the page before may never have been touched: it is read only if this one does not tell, or leaves prefixes
         * open, or the processor went in there */
        if (candidates[MATCH_EXACT] && !(candidates[MATCH_EXACT] >> count & 1) &&
            (entry <= count || entry > INSN_MAX_LENGTH)) break;
        all = 1;
        known = count + 1;
        if (code_read_before( vp, linear, bytes, 1, proven ) == count) break;
        count = INSN_MAX_LENGTH;
    }

    /* an instruction begins where the processor went in: if it can have been that one, it was,
     * even if its data can't be told */
    if (entry && entry <= INSN_MAX_LENGTH && (candidates[MATCH_EXACT] | candidates[MATCH_ADDRESS]) >> entry & 1)
        length = entry;
    else if (!(known = candidates[MATCH_EXACT]) && !(known = candidates[MATCH_ADDRESS])) return 0;
    else length = known & (known - 1) ? choose( vp, linear, known ) : (UINT32)__builtin_ctz( known );
    insn = code_decode( vp, linear - length, bytes + INSN_MAX_LENGTH - length, length );
    try( vp, insn, end - length, end, access, result );
    rewind_take_bytes( result, bytes + INSN_MAX_LENGTH - length, length );
    code_note_end( vp, linear, length );
    return length;
}
