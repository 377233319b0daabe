/*
 * Guest code: reading and decoding it
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
 * The bytes that a vp executes: where an address lies, what stands there, what instruction it is. Decoding costs as
 * much as a hardware exit, so that what has been decoded is remembered, and checked against the bytes each time. Knows
 * the client's view in the kvm_run page, gva_x86.h, gpa_access.h, insn.h; knows nothing of exits. The vp is locked.
 */

#ifndef __WHV_UNIX_VM_CODE_X86_H
#define __WHV_UNIX_VM_CODE_X86_H

#include <stddef.h>

#include "host/bytes.h"
#include "insn/insn.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "winhvplatformdefs.h"

/* The general segment numbered as in insn.h; DS for all other numbers. */
static inline const struct kvm_segment *code_segment( const struct vp *vp, UINT8 index )
{
    static const UINT16 places[] =
    {
        [SEGMENT_ES] = offsetof( struct kvm_sregs, es ), [SEGMENT_CS] = offsetof( struct kvm_sregs, cs ),
        [SEGMENT_SS] = offsetof( struct kvm_sregs, ss ), [SEGMENT_DS] = offsetof( struct kvm_sregs, ds ),
        [SEGMENT_FS] = offsetof( struct kvm_sregs, fs ), [SEGMENT_GS] = offsetof( struct kvm_sregs, gs ),
    };

    return (const struct kvm_segment *)((const UINT8 *)view_sregs( vp ) +
                                        places[index <= SEGMENT_GS ? index : SEGMENT_DS]);
}

/* Linear address of an offset in a segment (numbered as in insn.h), by the rules of the mode. */
static inline UINT64 code_linear_in( struct vp *vp, enum insn_mode mode, UINT8 index, UINT64 offset )
{
    if (mode == INSN_MODE_64) return offset + (index >= SEGMENT_FS ? code_segment( vp, index )->base : 0);
    return (UINT32)(offset + code_segment( vp, index )->base);
}

static inline UINT64 code_linear( struct vp *vp, UINT8 index, UINT64 offset )
{
    return code_linear_in( vp, vp_insn_mode( vp ), index, offset );
}

/* Its guest-physical address, with no rights asked. proven: see code_read. FALSE: it does not translate. */
extern BOOL code_translate( struct vp *vp, UINT64 gva, BOOL proven, UINT64 *gpa );
/* Instruction bytes at a linear address; returns how many could be read, at most count.
 * proven: the processor has just executed from there (plain loads, no system call). */
extern UINT32 code_read( struct vp *vp, UINT64 linear, UINT8 *bytes, UINT32 count, BOOL proven );
/* Bytes of an instruction that ends on the page of its last byte: up to room bytes before end. Returns how many; they
 * stand at the end of the buffer. The page before is read only if all is set. proven: of the last byte,
 * as for code_read. */
extern UINT32 code_read_before( struct vp *vp, UINT64 end, UINT8 bytes[INSN_MAX_LENGTH], BOOL all, BOOL proven );

/* The instruction that count bytes begin with, in the mode of the code segment; NULL: none, or more than count bytes.
 * It is valid until the next call. */
extern const struct insn *code_decode( struct vp *vp, UINT64 linear, const UINT8 *bytes, UINT32 count );
/* One that is remembered to have ended at end, where these bytes (as of code_read_before) stand before it; or NULL.
 * Saves up to 15 decodings. */
extern const struct insn *code_remembered( struct vp *vp, UINT64 end, const UINT8 bytes[INSN_MAX_LENGTH],
                                           UINT32 count );

/* Bytes of an instruction as two numbers. */
struct code_bytes
{
    UINT64 low, high;
};

static inline struct code_bytes code_load_bytes( const UINT8 *from )
{
    struct code_bytes bytes = { load64( from ), load64( from + 8 ) };

    return bytes;
}

/* The same of memory that others may change meanwhile: each half is read once. By memcpy it need not be: gcc 16 reads
 * again what it has already compared. */
static inline struct code_bytes code_load_shared( const UINT8 *from )
{
    typedef UINT64 __attribute__((may_alias, aligned( 1 ))) word;
    struct code_bytes bytes = { *(const volatile word *)from, *(const volatile word *)(from + 8) };

    return bytes;
}

/* Where an instruction is remembered. */
static inline struct insn_cache_entry *code_place( struct vp *vp, UINT64 linear )
{
    return &vp->arch.code.cache[(linear ^ linear >> 5) & (INSN_CACHE_SIZE - 1)];
}

/* How long the instruction was that ended there last, or 0. */
static inline UINT8 code_last_length( const struct vp *vp, UINT64 end )
{
    return vp->arch.code.ends[end & (INSN_CACHE_SIZE - 1)];
}

/* What is remembered stays where it is until another, or none, is named here. */
static inline void code_let_stay( struct vp *vp, const struct insn_cache_entry *entry )
{
    vp->arch.code.stays = entry;
}

/* The instruction at linear, if it is remembered, in the vp's mode, and stands there still; now: what does. NULL: it
 * has to be decoded. An entry without an instruction is found for any bytes: it is BRIEF_NONE. */
static inline const struct insn_cache_entry *code_known( struct vp *vp, enum insn_mode mode, UINT64 linear,
                                                         const struct code_bytes *now )
{
    const struct insn_cache_entry *entry = code_place( vp, linear );
    struct code_bytes then = code_load_bytes( entry->bytes );

    if (entry->linear != linear || entry->insn.mode != mode) return NULL;
    return ((now->low ^ then.low) & entry->mask[0]) | ((now->high ^ then.high) & entry->mask[1]) ? NULL : entry;
}

/* Will KVM, when it is made to end what is pending (resume/flush.h), store something, or may it? */
extern BOOL code_store_owed( const struct vp *vp );

/* An instruction of so many bytes ends at a linear address: code_remembered() finds it the next time. */
extern void code_note_end( struct vp *vp, UINT64 end, UINT8 length );
/* The vp is reset: nothing is remembered. */
extern void code_forget( struct vp *vp );

#endif /* __WHV_UNIX_VM_CODE_X86_H */
