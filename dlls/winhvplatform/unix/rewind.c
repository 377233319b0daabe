/*
 * Finding the instruction of an exit (x86)
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


#include <string.h>

#include "exits.h"
#include "gva.h"
#include "regs.h"
#include "rewind.h"
#include "trace.h"

#define SEG_CS 1
#define SEG_SS 2
#define SEG_ES 0

#define RSP 4
#define RSI 6
#define RDI 7
#define RCX 1
#define RAX 0

/* How far back choose() looks for the rhythm of the instructions. */
#define CHOOSE_BYTES 96

enum match
{
    MATCH_NONE,
    MATCH_ADDRESS,              /* address and size are right; the data can't be told */
    MATCH_EXACT,                /* data too */
};

/* ---- code ---- */

static const struct kvm_segment *segment( const struct vp *vp, UINT8 index )
{
    const struct kvm_sregs *sregs = &vp->run->s.regs.sregs;
    const struct kvm_segment *segments[] = { &sregs->es, &sregs->cs, &sregs->ss, &sregs->ds, &sregs->fs, &sregs->gs };

    return segments[index < 6 ? index : 3];
}

UINT64 code_linear( struct vp *vp, UINT8 index, UINT64 offset )
{
    if (vp_insn_mode( vp ) == INSN_MODE_64) return offset + (index >= 4 ? segment( vp, index )->base : 0);
    return (UINT32)(offset + segment( vp, index )->base);
}

static BOOL translate( struct vp *vp, UINT64 gva, BOOL proven, UINT64 *gpa )
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
        if (!translate( vp, linear + done, proven, &gpa )) break;
        if (proven) hr = gpa_read_fast( &vp->partition->gpa, gpa, bytes + done, part );
        else hr = gpa_read( &vp->partition->gpa, gpa, bytes + done, part );
        if (FAILED(hr)) break;
        done += part;
        proven = 0;             /* what was executed stands on the first page; the next one may never have been touched */
    }
    return done;
}

/* Bytes of an instruction that ends on the page of its last byte: up to room bytes before end. Returns how many; they stand
 * at the end of the buffer. The page before is read only if all is set. proven: of the last byte, as for code_read. */
static UINT32 code_read_before( struct vp *vp, UINT64 end, UINT8 bytes[INSN_MAX_LENGTH], BOOL all, BOOL proven )
{
    UINT32 count = ((end - 1) & (GPA_PAGE_SIZE - 1)) + 1, rest;

    if (count > INSN_MAX_LENGTH) count = INSN_MAX_LENGTH;
    if (code_read( vp, end - count, bytes + INSN_MAX_LENGTH - count, count, proven ) != count) return 0;
    if (!all || (rest = INSN_MAX_LENGTH - count) == 0) return count;
    if (code_read( vp, end - INSN_MAX_LENGTH, bytes, rest, 0 ) != rest) return count;
    return INSN_MAX_LENGTH;
}

static const struct insn *decode_cached( struct vp *vp, UINT64 linear, const UINT8 *bytes, UINT32 count )
{
    struct insn_cache_entry *entry = &vp->insn_cache[(linear ^ linear >> 5) & (INSN_CACHE_SIZE - 1)];
    enum insn_mode mode = vp_insn_mode( vp );

    if (entry->linear == linear && entry->insn.length && entry->insn.length <= count && entry->insn.mode == mode &&
        !memcmp( entry->bytes, bytes, entry->insn.length )) return &entry->insn;

    entry->insn.length = 0;
    if (FAILED(insn_decode( bytes, count, mode, &entry->insn )))
    {
        entry->insn.length = 0;
        return NULL;
    }
    entry->linear = linear;
    memcpy( entry->bytes, bytes, entry->insn.length );
    return &entry->insn;
}

/* Does a remembered instruction end here, with the same bytes? Saves up to 15 decodings. */
static const struct insn *find_cached_before( struct vp *vp, UINT64 end, const UINT8 bytes[INSN_MAX_LENGTH], UINT32 count )
{
    UINT8 length = vp->insn_ends[end & (INSN_CACHE_SIZE - 1)];
    struct insn_cache_entry *entry;
    UINT64 linear = end - length;

    if (!length || length > count) return NULL;
    entry = &vp->insn_cache[(linear ^ linear >> 5) & (INSN_CACHE_SIZE - 1)];
    if (entry->linear != linear || entry->insn.length != length || entry->insn.mode != vp_insn_mode( vp ) ||
        memcmp( entry->bytes, bytes + INSN_MAX_LENGTH - length, length )) return NULL;
    return &entry->insn;
}

/* ---- operands ---- */

static UINT64 cut( UINT64 value, UINT32 size )
{
    return size >= 8 ? value : value & ((1ull << size * 8) - 1);
}

static UINT32 stack_address_size( const struct vp *vp )
{
    if (vp_insn_mode( vp ) == INSN_MODE_64) return 8;
    return vp->run->s.regs.sregs.ss.db ? 4 : 2;
}

/* KVM's emulator leaves the upper half of a register alone when a string instruction with 32-bit addresses or a 32-bit stack
 * moves it: so what stands there is what stood there. */
static void add_gpr( UINT64 gpr[16], UINT8 reg, UINT8 size, INT64 value )
{
    gpr[reg] = (gpr[reg] & ~cut( ~0ull, size )) | cut( gpr[reg] + value, size );
}

static BOOL read_virtual( struct vp *vp, UINT64 gva, void *data, UINT32 size )
{
    /* the processor has just read it; code_read's copy loop does what is needed */
    return code_read( vp, gva, data, size, 0 ) == size;
}

/* Does KVM access it without telling? */
static BOOL is_memory( struct vp *vp, UINT64 gva, BOOL write )
{
    const struct gpa_range *range;
    UINT64 gpa;

    return translate( vp, gva, 1, &gpa ) && (range = gpa_find( &vp->partition->gpa, gpa )) &&
           (range->flags & (write ? WHvMapGpaRangeFlagWrite : WHvMapGpaRangeFlagRead));
}

/* Is the access one of an operand at gva with size bytes? KVM reports fragments: of 8 bytes, and by pages. */
static BOOL match_address( struct vp *vp, const struct rewind_access *access, UINT64 gva, UINT32 size, UINT32 *offset )
{
    UINT32 first = GPA_PAGE_SIZE - (gva & (GPA_PAGE_SIZE - 1)), part;
    UINT64 gpa;

    if (!size) return 0;
    part = size < first ? size : first;
    if (!((gva ^ access->gpa) & (GPA_PAGE_SIZE - 1)))
    {
        *offset = 0;
        if (access->size != (part < 8 ? part : 8)) return 0;
        return translate( vp, gva, 1, &gpa ) && gpa == access->gpa;
    }
    /* the first page was memory, the exit is for what lies on the second */
    if (part < size && !(access->gpa & (GPA_PAGE_SIZE - 1)))
    {
        *offset = part;
        if (access->size != (size - part < 8 ? size - part : 8) || !is_memory( vp, gva, access->write )) return 0;
        return translate( vp, gva + part, 1, &gpa ) && gpa == access->gpa;
    }
    return 0;
}

static BOOL condition( UINT64 rflags, UINT8 code )
{
    BOOL cf = rflags & 1, pf = rflags >> 2 & 1, zf = rflags >> 6 & 1, sf = rflags >> 7 & 1, of = rflags >> 11 & 1, ret;

    switch (code >> 1)
    {
    case 0: ret = of; break;
    case 1: ret = cf; break;
    case 2: ret = zf; break;
    case 3: ret = cf || zf; break;
    case 4: ret = sf; break;
    case 5: ret = pf; break;
    case 6: ret = sf != of; break;
    default: ret = zf || sf != of; break;
    }
    return ret ^ (code & 1);
}

/* The register or immediate operand that a store takes its value from. */
static BOOL operand_value( const struct vp *vp, const struct insn *insn, const UINT64 gpr[16], UINT64 *value )
{
    UINT32 i;

    for (i = 0; i < insn->operand_count; i++)
    {
        const struct insn_operand *operand = &insn->operands[i];

        if (!(operand->access & INSN_READ)) continue;
        switch (operand->kind)
        {
        case INSN_OPERAND_GPR:       *value = insn_get_gpr( gpr, operand->reg, operand->size ); return 1;
        case INSN_OPERAND_IMMEDIATE: *value = operand->imm; return 1;
        case INSN_OPERAND_SEGMENT:   *value = segment( vp, operand->reg )->selector; return 1;
        }
    }
    return 0;
}

/* The register operand that XCHG and XADD leave the old memory in, which may be part of the address: as it was before. */
static void undo_exchange( const struct insn *insn, UINT64 data, UINT64 gpr[16] )
{
    UINT32 i;

    for (i = 0; i < insn->operand_count; i++)
    {
        UINT8 reg = insn->operands[i].reg, size = insn->operands[i].size;

        if (insn->operands[i].kind != INSN_OPERAND_GPR) continue;
        insn_set_gpr( gpr, reg, size, insn->op == INSN_XCHG ? data : data - insn_get_gpr( gpr, reg, size ));
        return;
    }
}

/* Its value now. */
static UINT64 exchanged_value( const struct vp *vp, const struct insn *insn )
{
    UINT64 gpr[16];
    UINT32 i;

    regs_to_gpr( &vp->run->s.regs.regs, gpr );
    for (i = 0; i < insn->operand_count; i++)
        if (insn->operands[i].kind == INSN_OPERAND_GPR) return insn_get_gpr( gpr, insn->operands[i].reg, insn->operands[i].size );
    return 0;
}

/* What shifts, rotates and bit operations make of memory. RCL and RCR: the carry that went in stands in the result, count - 1
 * bits from where it went in; it is put back. FALSE: not one of these. */
static BOOL shift_result( const struct insn *insn, const UINT64 gpr[16], UINT64 old, UINT64 data, UINT32 size, UINT64 *rflags,
                          UINT64 *result )
{
    const struct insn_operand *last = &insn->operands[insn->operand_count ? insn->operand_count - 1 : 0];
    UINT32 bits = size * 8, count = last->kind == INSN_OPERAND_IMMEDIATE ? (UINT32)last->imm : (UINT32)gpr[RCX], wide, position;
    unsigned __int128 value = old;
    UINT64 source;

    switch (insn->op)
    {
    case INSN_BTS: case INSN_BTR: case INSN_BTC:
        if (last->kind == INSN_OPERAND_GPR) count = insn_get_gpr( gpr, last->reg, last->size );
        source = 1ull << (count & (bits - 1));
        *result = insn->op == INSN_BTS ? old | source : insn->op == INSN_BTR ? old & ~source : old ^ source;
        return 1;
    }
    if (insn->operand_count == 1) count = 1;
    count &= size == 8 ? 63 : 31;
    *result = old;
    switch (insn->op)
    {
    case INSN_SHL: *result = count < 64 ? old << count : 0; return 1;
    case INSN_SHR: *result = cut( old, size ) >> count; return 1;
    case INSN_SAR: *result = insn_sign_extend( old, size ) >> count; return 1;
    case INSN_ROL:
    case INSN_ROR:
        count %= bits;
        if (insn->op == INSN_ROR) count = (bits - count) % bits;
        if (count) *result = old << count | cut( old, size ) >> (bits - count);
        return 1;
    case INSN_RCL:
    case INSN_RCR:
        wide = bits + 1;
        if (!(count %= wide)) return 1;
        position = insn->op == INSN_RCL ? count - 1 : bits - count;
        *rflags = (*rflags & ~RFLAGS_CF) | (data >> position & 1);
        if (insn->op == INSN_RCR) count = wide - count;
        value |= (unsigned __int128)(*rflags & RFLAGS_CF) << bits;
        *result = value << count | value >> (wide - count);
        return 1;
    case INSN_SHLD:
    case INSN_SHRD:
        source = insn_get_gpr( gpr, insn->operands[1].reg, insn->operands[1].size );
        if (!count) return 1;
        if (count >= bits) return 0;
        *result = insn->op == INSN_SHLD ? old << count | source >> (bits - count) : old >> count | source << (bits - count);
        return 1;
    }
    return 0;
}

static BOOL is_compare_exchange( const struct insn *insn )
{
    return insn->op == INSN_CMPXCHG || insn->op == INSN_CMPXCHG8B || insn->op == INSN_CMPXCHG16B;
}

/* One that has failed writes what it has just loaded into rAX (rDX:rAX): that these are equal is the evidence. An address made
 * of them can't be computed any more. */
static enum match failed_exchange( const struct insn *insn, const UINT64 gpr[16], UINT64 data, UINT32 size )
{
    UINT64 loaded = gpr[RAX];

    if (insn->op == INSN_CMPXCHG8B) loaded = (UINT32)loaded | gpr[2] << 32;
    return cut( loaded, size < 8 ? size : 8 ) == data ? MATCH_EXACT : MATCH_NONE;
}

static BOOL is_based_on( const struct insn *insn, UINT8 reg )
{
    return insn->mem.base == reg || insn->mem.index == reg;
}

/* Are the flags that KVM shows those of this result? */
static BOOL flags_agree( const struct vp *vp, UINT8 op, UINT64 old, UINT64 source, UINT64 result, UINT32 size )
{
    UINT64 want = 0, mask = RFLAGS_ZF | RFLAGS_SF | RFLAGS_PF, top = 1ull << (size * 8 - 1), carries;

    switch (op)
    {
    case INSN_ADD: case INSN_ADC: case INSN_SUB: case INSN_SBB:
        /* what has been carried out of each bit (borrowed by it) */
        if (op == INSN_ADD || op == INSN_ADC) carries = (old & source) | ((old | source) & ~result);
        else carries = (~old & source) | ((~old | source) & result);
        if (carries & top) want |= RFLAGS_CF;
        if (carries & 8) want |= RFLAGS_AF;
        mask |= RFLAGS_CF | RFLAGS_AF;
        break;
    case INSN_OR: case INSN_AND: case INSN_XOR:
        mask |= RFLAGS_CF;
        break;
    case INSN_INC: case INSN_DEC: case INSN_NEG:
        break;
    default:
        return 1;
    }
    result = cut( result, size );
    if (!result) want |= RFLAGS_ZF;
    if (result & top) want |= RFLAGS_SF;
    if (!__builtin_parity( (UINT8)result )) want |= RFLAGS_PF;
    return !((vp->run->s.regs.regs.rflags ^ want) & mask);
}

/* Read-modify-write of read-only memory: KVM has read it silently and changed the registers. Memory still holds the old value.
 * Status flags stay as they are now: the instruction sets them again whenever it is executed. Those that it reads are undone. */
static enum match undo_modify( struct vp *vp, const struct insn *insn, UINT64 gva, const struct rewind_access *access,
                               UINT32 offset, UINT64 data, UINT32 size, UINT64 gpr[16], UINT64 *rflags )
{
    UINT64 old = 0, source = 0, result;

    if (size > 8) return MATCH_ADDRESS;
    /* of a device KVM would have asked first */
    if (!read_virtual( vp, gva, &old, size )) return MATCH_NONE;
    switch (insn->op)
    {
    case INSN_INC: result = old + 1; break;
    case INSN_DEC: result = old - 1; break;
    case INSN_NOT: result = ~old; break;
    case INSN_NEG: result = -old; break;
    case INSN_XCHG:
    case INSN_XADD:
        /* undone by match_write; what the register held then is what memory holds still */
        return cut( exchanged_value( vp, insn ), size ) == old ? MATCH_EXACT : MATCH_NONE;
    case INSN_CMPXCHG:
        if (!operand_value( vp, insn, gpr, &source )) return MATCH_ADDRESS;
        result = insn_get_gpr( gpr, insn->operands[1].reg, size );
        break;
    case INSN_ADD: case INSN_OR: case INSN_AND: case INSN_SUB: case INSN_XOR: case INSN_ADC: case INSN_SBB:
        if (!operand_value( vp, insn, gpr, &source )) return MATCH_ADDRESS;
        switch (insn->op)
        {
        case INSN_ADD: result = old + source; break;
        case INSN_OR:  result = old | source; break;
        case INSN_AND: result = old & source; break;
        case INSN_SUB: result = old - source; break;
        case INSN_XOR: result = old ^ source; break;
        case INSN_ADC:
            /* the carry that went in is in the difference */
            result = cut( data - old - source, size );
            if (result > 1) return MATCH_NONE;
            *rflags = (*rflags & ~RFLAGS_CF) | result;
            return flags_agree( vp, insn->op, old, source, data, size ) ? MATCH_EXACT : MATCH_ADDRESS;
        default:
            result = cut( old - source - data, size );
            if (result > 1) return MATCH_NONE;
            *rflags = (*rflags & ~RFLAGS_CF) | result;
            return flags_agree( vp, insn->op, old, source, data, size ) ? MATCH_EXACT : MATCH_ADDRESS;
        }
        break;
    default:
        if (!shift_result( insn, gpr, old, data, size, rflags, &result )) return MATCH_ADDRESS;
        break;
    }
    if (cut( result >> offset * 8, access->size ) != data) return MATCH_NONE;
    return flags_agree( vp, insn->op, old, source, result, size ) ? MATCH_EXACT : MATCH_ADDRESS;
}

/* What a vector register stores at offset. The image is fetched for it: whoever emulates a vector store needs it anyway. */
static BOOL vector_value( struct vp *vp, const struct insn *insn, UINT32 offset, UINT32 size, UINT64 *value )
{
    const struct insn_operand *operand = &insn->operands[insn->operands[0].kind == INSN_OPERAND_MEMORY];
    BOOL high = insn->opcode == 0x16 || insn->opcode == 0x17;

    offset += high ? 8 : 0;
    *value = 0;
    if (operand->kind != INSN_OPERAND_VECTOR || operand->reg >= 16 || offset + size > 16) return 0;
    if (FAILED(regs_fetch( vp, VP_XSAVE ))) return 0;
    memcpy( value, vp->xsave + 160 + operand->reg * 16 + offset, size );
    return 1;
}

/* Has this CALL, with its registers as they were before it, led to where the RIP is? */
static BOOL match_target( struct vp *vp, const struct insn *insn, UINT64 end, const UINT64 gpr[16] )
{
    const struct insn_operand *operand = &insn->operands[0];
    UINT64 target = 0;

    switch (operand->kind)
    {
    case INSN_OPERAND_IMMEDIATE: target = end + operand->imm; break;
    case INSN_OPERAND_GPR:       target = insn_get_gpr( gpr, operand->reg, operand->size ); break;
    case INSN_OPERAND_MEMORY:
        /* of a target in a device KVM has asked before it pushes: then this is no exit of the client's */
        if (!insn->mem.size || insn->mem.size > 8 ||
            !read_virtual( vp, code_linear( vp, insn->mem.segment, insn_mem_offset( insn, gpr, end )), &target, insn->mem.size ))
            return 0;
        break;
    default:
        return 0;
    }
    return cut( target, insn->operand_size ) == vp->run->s.regs.regs.rip;
}

/* Is value what was stored? gva is where the access that KVM reports begins, offset bytes into the operand; what lies on the
 * operand's other page stands in memory by now, if that is memory. */
static enum match match_value( struct vp *vp, const struct rewind_access *access, UINT64 gva, UINT32 size, UINT32 offset, UINT64 value )
{
    UINT64 data = 0, rest = 0, other = offset ? gva - offset : gva + access->size;
    UINT32 begin = offset ? 0 : access->size, count = offset ? offset : size - access->size;

    memcpy( &data, access->data, access->size );
    if (cut( value >> offset * 8, access->size ) != data) return MATCH_NONE;
    if (size > 8 || access->size >= size || !is_memory( vp, other, 1 )) return MATCH_EXACT;
    if (!read_virtual( vp, other, &rest, count )) return MATCH_EXACT;
    return cut( value >> begin * 8, count ) == rest ? MATCH_EXACT : MATCH_ADDRESS;
}

/* Could insn, which ended at end (an offset in CS), have made this write? gpr and rflags come in as they are after it and go out
 * as they were before it. */
static enum match match_write( struct vp *vp, const struct insn *insn, UINT64 end, const struct rewind_access *access,
                               UINT64 gpr[16], UINT64 *rflags, UINT64 *gva, BOOL *fragments )
{
    INT64 step = *rflags & RFLAGS_DF ? -(INT64)insn->operand_size : insn->operand_size;
    UINT32 size = insn->operand_size, offset = 0;
    UINT64 data = 0, value, ss, operand;

    memcpy( &data, access->data, access->size );

    switch (insn->op)
    {
    case INSN_STOS:
    case INSN_MOVS:
        add_gpr( gpr, RDI, insn->address_size, -step );
        if (insn->op == INSN_MOVS) add_gpr( gpr, RSI, insn->address_size, -step );
        if (insn->rep) add_gpr( gpr, RCX, insn->address_size, 1 );
        *gva = code_linear( vp, SEG_ES, insn_get_gpr( gpr, RDI, insn->address_size ));
        if (!match_address( vp, access, *gva, size, &offset )) return MATCH_NONE;
        *gva += offset;
        *fragments = access->size != size;
        if (insn->op == INSN_STOS) value = gpr[RAX];
        else
        {
            value = 0;
            if (!read_virtual( vp, code_linear( vp, insn->string_segment, insn_get_gpr( gpr, RSI, insn->address_size )),
                               &value, size )) return MATCH_ADDRESS;
        }
        return match_value( vp, access, *gva, size, offset, value );

    case INSN_PUSH:
    case INSN_PUSHF:
    case INSN_CALL:
        ss = stack_address_size( vp );
        *gva = code_linear( vp, SEG_SS, insn_get_gpr( gpr, RSP, ss ));
        size = insn->stack_size;
        /* a selector fills but half of such a slot, in KVM's emulator always */
        if (size == 4 && access->size < 4 && insn->operands[0].kind == INSN_OPERAND_SEGMENT) size = 2;
        if (!match_address( vp, access, *gva, size, &offset )) return MATCH_NONE;
        *gva += offset;
        *fragments = access->size != size;
        add_gpr( gpr, RSP, ss, insn->stack_size );
        if (insn->op == INSN_CALL)
        {
            if (!match_target( vp, insn, end, gpr )) return MATCH_NONE;
            value = end;
        }
        else if (insn->op == INSN_PUSHF) value = *rflags & ~(RFLAGS_VM | RFLAGS_RF);
        else if (insn->has_mem)
        {
            value = 0;
            if (!read_virtual( vp, code_linear( vp, insn->mem.segment, insn_mem_offset( insn, gpr, end )), &value, size ))
                return MATCH_ADDRESS;
        }
        else if (!operand_value( vp, insn, gpr, &value )) return MATCH_ADDRESS;
        return match_value( vp, access, *gva, size, offset, value );
    }

    if (!insn->has_mem || !(insn->mem.access & INSN_WRITE) || insn->mem.vsib) return MATCH_NONE;
    size = insn->mem.size;
    /* KVM's emulator stores a selector with as many bytes as REX.W says */
    if (insn->op == INSN_MOV && access->size == 8 && insn->operands[1].kind == INSN_OPERAND_SEGMENT) size = 8;
    if (is_compare_exchange( insn ) && !(*rflags & RFLAGS_ZF) && (is_based_on( insn, RAX ) || is_based_on( insn, 2 )))
        return access->size == (size < 8 ? size : 8) && failed_exchange( insn, gpr, data, size ) ? MATCH_ADDRESS : MATCH_NONE;
    if (insn->op == INSN_XCHG || insn->op == INSN_XADD) undo_exchange( insn, data, gpr );
    /* POP m computes the address with the stack pointer as it is afterwards: as it is now */
    *gva = operand = code_linear( vp, insn->mem.segment, insn_mem_offset( insn, gpr, end ));
    if (!match_address( vp, access, operand, size, &offset )) return MATCH_NONE;
    *gva += offset;
    *fragments = access->size != size;

    switch (insn->op)
    {
    case INSN_MOV:
    case INSN_MOVNTI:
        if (!operand_value( vp, insn, gpr, &value )) return MATCH_ADDRESS;
        break;
    case INSN_MOVBE:
        if (!operand_value( vp, insn, gpr, &value )) return MATCH_ADDRESS;
        value = __builtin_bswap64( value ) >> (8 - size) * 8;
        break;
    case INSN_SETCC:
        value = condition( *rflags, insn->condition );
        break;
    case INSN_POP:
        ss = stack_address_size( vp );
        add_gpr( gpr, RSP, ss, -(INT64)insn->stack_size );
        value = 0;
        if (!read_virtual( vp, code_linear( vp, SEG_SS, insn_get_gpr( gpr, RSP, ss )), &value, size )) return MATCH_ADDRESS;
        break;
    case INSN_VMOV:
        if (!vector_value( vp, insn, offset, access->size, &value )) return MATCH_ADDRESS;
        return value == data ? MATCH_EXACT : MATCH_ADDRESS;
    default:
        if (is_compare_exchange( insn ) && !(*rflags & RFLAGS_ZF)) return failed_exchange( insn, gpr, data, access->size );
        if (insn->mem.access & INSN_READ) return undo_modify( vp, insn, operand, access, offset, data, size, gpr, rflags );
        return MATCH_ADDRESS;
    }
    return match_value( vp, access, *gva, size, offset, value );
}

/* ---- the exits ---- */

static void take_bytes( struct rewind_result *result, const UINT8 *bytes, UINT32 count )
{
    memcpy( result->bytes, bytes, count );
    result->byte_count = count;
}

static void start_result( struct vp *vp, struct rewind_result *result )
{
    memset( &result->insn, 0, sizeof(result->insn) );
    result->byte_count = 0;
    result->before = vp->run->s.regs.regs;
    result->gva = 0;
    result->gva_valid = result->behind = result->fragments = result->lost = 0;
}

typedef enum match (*try_func)( struct vp *vp, const struct insn *insn, UINT64 start, UINT64 end, const void *access,
                                struct rewind_result *result );

static enum match try_write( struct vp *vp, const struct insn *insn, UINT64 start, UINT64 end,
                             const struct rewind_access *access, struct rewind_result *result )
{
    UINT64 gpr[16], rflags = vp->run->s.regs.regs.rflags, gva = 0;
    BOOL fragments = 0;
    enum match match;

    regs_to_gpr( &vp->run->s.regs.regs, gpr );
    if ((match = match_write( vp, insn, end, access, gpr, &rflags, &gva, &fragments )) == MATCH_NONE) return match;
    result->insn = *insn;
    regs_from_gpr( &result->before, gpr );
    result->before.rflags = rflags & ~RFLAGS_RF;
    result->before.rip = start;
    result->gva = gva;
    result->gva_valid = 1;
    result->fragments = fragments;
    result->lost = is_compare_exchange( insn ) && !(rflags & RFLAGS_ZF);
    return match;
}

/* Decode forward from pos to the first candidate, given by its distance from the end. Returns it, or 0. */
static UINT32 walk_to_candidate( struct vp *vp, const UINT8 *bytes, UINT32 pos, UINT32 count, UINT32 candidates )
{
    struct insn insn;

    for ( ; pos < count; pos += insn.length)
    {
        if (count - pos <= INSN_MAX_LENGTH && candidates >> (count - pos) & 1) return count - pos;
        if (FAILED(insn_decode( bytes + pos, count - pos, vp_insn_mode( vp ), &insn ))) return 0;
    }
    return 0;
}

/* Several candidates do the same: they differ by prefixes without effect, which may as well be the tail of the instruction before.
 * Where the processor went in is a place where an instruction begins. Else, decoding forward from anywhere earlier falls into step
 * with the real instructions: where most of these walks land it is. */
static UINT32 choose( struct vp *vp, UINT64 end, UINT32 candidates )
{
    UINT8 bytes[CHOOSE_BYTES], votes[INSN_MAX_LENGTH + 1] = { 0 };
    UINT32 count = ((end - 1) & (GPA_PAGE_SIZE - 1)) + 1, start, length, best = 0;
    UINT64 entry = code_linear( vp, SEG_CS, vp->entry_rip );

    if (count > CHOOSE_BYTES) count = CHOOSE_BYTES;
    if (code_read( vp, end - count, bytes, count, 1 ) != count) count = 0;
    if (end - entry <= count && (length = walk_to_candidate( vp, bytes, count - (end - entry), count, candidates ))) return length;
    if (end - entry > count && end - entry <= CHOOSE_BYTES && code_read( vp, entry, bytes, end - entry, 0 ) == end - entry)
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

/* Instructions of all lengths that end at end: decoded, and asked whether they could have done it. Returns the length of the
 * one that has, with the result filled, or 0. An exact match goes before one whose data can't be told. */
static UINT32 search_before( struct vp *vp, UINT64 end, BOOL proven, try_func try, const void *access,
                             struct rewind_result *result )
{
    UINT8 bytes[INSN_MAX_LENGTH];
    UINT64 linear = code_linear( vp, SEG_CS, end );
    const struct insn *insn;
    UINT32 count, length, known = 1, candidates[MATCH_EXACT + 1] = { 0 };
    BOOL all = 0;

    if (!(count = code_read_before( vp, linear, bytes, 0, proven ))) return 0;

    if ((insn = find_cached_before( vp, linear, bytes, count )) && insn->length <= end &&
        try( vp, insn, end - insn->length, end, access, result ) == MATCH_EXACT)
    {
        take_bytes( result, bytes + INSN_MAX_LENGTH - insn->length, insn->length );
        return insn->length;
    }

    for (;;)
    {
        for (length = known; length <= count && length <= end; length++)
        {
            if (!(insn = decode_cached( vp, linear - length, bytes + INSN_MAX_LENGTH - length, length ))) continue;
            if (insn->length != length) continue;
            candidates[try( vp, insn, end - length, end, access, result )] |= 1 << length;
        }
        if (all || count == INSN_MAX_LENGTH) break;
        /* the page before may never have been touched: it is read only if this one does not tell, or leaves prefixes open */
        if (candidates[MATCH_EXACT] && !(candidates[MATCH_EXACT] >> count & 1)) break;
        all = 1;
        known = count + 1;
        if (code_read_before( vp, linear, bytes, 1, proven ) == count) break;
        count = INSN_MAX_LENGTH;
    }

    if (!(known = candidates[MATCH_EXACT]) && !(known = candidates[MATCH_ADDRESS])) return 0;
    length = known & (known - 1) ? choose( vp, linear, known ) : (UINT32)__builtin_ctz( known );
    insn = decode_cached( vp, linear - length, bytes + INSN_MAX_LENGTH - length, length );
    try( vp, insn, end - length, end, access, result );
    take_bytes( result, bytes + INSN_MAX_LENGTH - length, length );
    vp->insn_ends[linear & (INSN_CACHE_SIZE - 1)] = length;
    return length;
}

static enum match try_store( struct vp *vp, const struct insn *insn, UINT64 start, UINT64 end, const void *access,
                             struct rewind_result *result )
{
    if (insn->op == INSN_CALL || insn->rep) return MATCH_NONE;
    return try_write( vp, insn, start, end, access, result );
}

static enum match try_call( struct vp *vp, const struct insn *insn, UINT64 start, UINT64 end, const void *access,
                            struct rewind_result *result )
{
    if (insn->op != INSN_CALL) return MATCH_NONE;
    return try_write( vp, insn, start, end, access, result );
}

BOOL rewind_at( struct vp *vp, struct rewind_result *result )
{
    UINT8 bytes[INSN_MAX_LENGTH];
    UINT64 linear = code_linear( vp, SEG_CS, vp->run->s.regs.regs.rip );
    const struct insn *insn;
    UINT32 count = GPA_PAGE_SIZE - (linear & (GPA_PAGE_SIZE - 1));

    start_result( vp, result );
    result->before.rflags &= ~RFLAGS_RF;
    if (count > INSN_MAX_LENGTH) count = INSN_MAX_LENGTH;
    if (code_read( vp, linear, bytes, count, 1 ) != count) return 0;
    if (!(insn = decode_cached( vp, linear, bytes, count )))
    {
        if (count == INSN_MAX_LENGTH) return 0;
        count = code_read( vp, linear, bytes, INSN_MAX_LENGTH, 0 );
        if (!(insn = decode_cached( vp, linear, bytes, count ))) return 0;
    }
    result->insn = *insn;
    take_bytes( result, bytes, count );
    return 1;
}

BOOL rewind_write( struct vp *vp, const struct rewind_access *access, struct rewind_result *result )
{
    const struct kvm_regs *regs = &vp->run->s.regs.regs;
    UINT64 ret = 0;

    /* KVM's emulator sets RF between the iterations of a REP string instruction, and clears it behind any other */
    if (regs->rflags & RFLAGS_RF)
    {
        struct insn insn;

        if (rewind_at( vp, result ) && result->insn.rep && insn_is_string( &result->insn ))
        {
            insn = result->insn;
            if (try_write( vp, &insn, regs->rip, regs->rip + insn.length, access, result ) == MATCH_EXACT) return 1;
        }
    }

    start_result( vp, result );
    result->behind = 1;
    if (search_before( vp, regs->rip, 1, try_store, access, result )) return 1;

    /* CALL with its stack in MMIO: RIP is the target, what was pushed is the end of the instruction. If it is none, the guest
     * has chosen the address: nothing is known of the page. */
    memcpy( &ret, access->data, access->size );
    if (search_before( vp, ret, 0, try_call, access, result )) return 1;

    start_result( vp, result );
    result->behind = 1;
    return 0;
}

BOOL rewind_read( struct vp *vp, const struct rewind_access *access, struct rewind_result *result )
{
    const struct insn *insn = &result->insn;
    UINT64 gpr[16], gva;
    UINT32 size, offset;

    if (!rewind_at( vp, result )) return 0;
    regs_to_gpr( &result->before, gpr );
    size = insn->operand_size;
    switch (insn->op)
    {
    case INSN_MOVS: case INSN_LODS: case INSN_CMPS: case INSN_OUTS:
        gva = code_linear( vp, insn->string_segment, insn_get_gpr( gpr, RSI, insn->address_size ));
        if (match_address( vp, access, gva, size, &offset )) goto found;
        if (insn->op != INSN_CMPS) return 1;
        /* fall through */
    case INSN_SCAS:
        gva = code_linear( vp, SEG_ES, insn_get_gpr( gpr, RDI, insn->address_size ));
        if (match_address( vp, access, gva, size, &offset )) goto found;
        return 1;
    }
    if (insn->has_mem && (insn->mem.access & INSN_READ))
    {
        size = insn->mem.size;
        gva = code_linear( vp, insn->mem.segment, insn_mem_offset( insn, gpr, result->before.rip + insn->length ));
        if (match_address( vp, access, gva, size, &offset )) goto found;
    }
    /* POP, RET, LEAVE and the like with the stack in MMIO */
    gva = code_linear( vp, SEG_SS, insn_get_gpr( gpr, RSP, stack_address_size( vp )));
    size = access->size;
    if (!match_address( vp, access, gva, size, &offset )) return 1;
found:
    result->gva = gva + offset;
    result->gva_valid = 1;
    result->fragments = access->size != size;
    return 1;
}

static BOOL is_out( const struct insn *insn, const UINT64 gpr[16], UINT16 port, UINT32 size, const UINT8 *data )
{
    UINT64 value = 0;

    if (insn->op != INSN_OUT || insn->operand_size != size) return 0;
    if (insn->operands[0].kind == INSN_OPERAND_IMMEDIATE ? (UINT8)insn->operands[0].imm != port : (UINT16)gpr[2] != port) return 0;
    memcpy( &value, data, size );
    return cut( gpr[RAX], size ) == value;
}

/* OUTS: before comes in as the registers after it and goes out as those before it */
static BOOL is_outs( struct vp *vp, const struct insn *insn, UINT64 gpr[16], UINT64 rflags, UINT16 port, UINT32 size,
                     const UINT8 *data )
{
    INT64 step = rflags & RFLAGS_DF ? -(INT64)size : size;
    UINT8 memory[4];

    if (insn->op != INSN_OUTS || insn->operand_size != size || (UINT16)gpr[2] != port) return 0;
    add_gpr( gpr, RSI, insn->address_size, -step );
    if (insn->rep) add_gpr( gpr, RCX, insn->address_size, 1 );
    return read_virtual( vp, code_linear( vp, insn->string_segment, insn_get_gpr( gpr, RSI, insn->address_size )), memory, size ) &&
           !memcmp( memory, data, size );
}

static BOOL out_at( struct vp *vp, UINT16 port, UINT32 size, const UINT8 *data, struct rewind_result *result )
{
    UINT64 gpr[16];

    if (!rewind_at( vp, result )) return 0;
    regs_to_gpr( &result->before, gpr );
    if (is_out( &result->insn, gpr, port, size, data )) return 1;
    /* between two items of a REP OUTS, and nothing is pending; or behind a single OUTS, about to begin one: RF tells */
    if (!result->insn.rep || !(vp->run->s.regs.regs.rflags & RFLAGS_RF) ||
        !is_outs( vp, &result->insn, gpr, result->before.rflags, port, size, data )) return 0;
    regs_from_gpr( &result->before, gpr );
    result->behind = 1;
    return 1;
}

/* What KVM reports of an OUT. */
struct port_write
{
    UINT16       port;
    UINT32       size;
    const UINT8 *data;
};

static enum match try_out( struct vp *vp, const struct insn *insn, UINT64 start, UINT64 end, const void *access,
                           struct rewind_result *result )
{
    const struct kvm_regs *regs = &vp->run->s.regs.regs;
    const struct port_write *write = access;
    UINT64 gpr[16];

    (void)end;
    if (insn->rep) return MATCH_NONE;
    regs_to_gpr( regs, gpr );
    if (!is_out( insn, gpr, write->port, write->size, write->data ) &&
        !is_outs( vp, insn, gpr, regs->rflags, write->port, write->size, write->data )) return MATCH_NONE;
    result->insn = *insn;
    regs_from_gpr( &result->before, gpr );
    result->before.rip = start;
    result->before.rflags = regs->rflags & ~RFLAGS_RF;
    return MATCH_EXACT;
}

static BOOL out_behind( struct vp *vp, UINT16 port, UINT32 size, const UINT8 *data, struct rewind_result *result )
{
    struct port_write write = { port, size, data };

    start_result( vp, result );
    result->behind = 1;
    return search_before( vp, vp->run->s.regs.regs.rip, 1, try_out, &write, result ) != 0;
}

BOOL rewind_out( struct vp *vp, UINT16 port, UINT32 size, const UINT8 *data, struct rewind_result *result )
{
    const struct host *host = vp->partition->host;

    if ((vp->run->s.regs.regs.rflags & RFLAGS_RF) && out_at( vp, port, size, data, result ) && result->insn.rep) return 1;

    /* An OUT that repeats the one before it looks the same from both sides: what this KVM does was measured (probe_x86.c).
     * A KVM that shows RIP at a plain OUT still shows it behind a single OUTS. */
    if (host->out_rip_past) return out_behind( vp, port, size, data, result ) || out_at( vp, port, size, data, result );
    return out_at( vp, port, size, data, result ) || out_behind( vp, port, size, data, result );
}

BOOL rewind_in( struct vp *vp, UINT32 size, struct rewind_result *result )
{
    return rewind_at( vp, result ) && (result->insn.op == INSN_IN || result->insn.op == INSN_INS) &&
           result->insn.operand_size == size;
}
