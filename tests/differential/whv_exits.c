/*
 * Differential test: what must hold at an exit
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

#include <stdio.h>
#include <string.h>

#include "host/kvm.h"
#include "host/x86.h"
#include "insn/insn.h"
#include "registers/registers_x86.h"
#include "run/run.h"
#include "vm/stop.h"
#include "vm/vp.h"
#include "whv.h"

/* Do only prefixes stand before the instruction? As much as REX in 64-bit code. */
static BOOL is_prefix_run( const struct test *test, UINT32 length )
{
    const UINT8 *byte = test->before + MAX_LENGTH - length;
    UINT32 i;

    if (length + test->length > MAX_LENGTH || (test->lead && length + 2 > test->lead)) return 0;
    for (i = 0; i < length; i++)
        if (!memchr( "\x26\x2e\x36\x3e\x64\x65\x66\x67\xf0\xf2\xf3", byte[i], 11 ) &&
            (test->mode < MODE_LONG64 || byte[i] >> 4 != 4)) return 0;
    return 1;
}

/* At the first exit nothing must have happened yet, as far as a client can see: RIP at the instruction or (harmless:
 * what is left of it has the same effect) at a later one of its prefixes or at an earlier byte that looks like one,
 * registers as they were, and these bytes. That the effect is the same is shown by what comes of it. */
BOOL whv_check_first_exit( struct vp *vp, const struct test *test, const WHV_RUN_VP_EXIT_CONTEXT *exit,
                              struct outcome *outcome )
{
    BOOL is_memory = exit->ExitReason == WHvRunVpExitReasonMemoryAccess;
    const UINT8 *bytes = is_memory ? exit->MemoryAccess.InstructionBytes : exit->IoPortAccess.InstructionBytes;
    UINT32 byte_count = is_memory ? exit->MemoryAccess.InstructionByteCount : exit->IoPortAccess.InstructionByteCount;
    UINT32 i, known = test->length;
    UINT8 code[2 * MAX_LENGTH];
    INT32 skip;
    struct kvm_regs regs;
    struct kvm_sregs sregs;
    char text[sizeof(outcome->text)];

    machine_state( test, &regs, &sregs );
    whv_list.count = 0;
    for (i = 0; i < 16; i++) whv_add( WHvX64RegisterRax + i, 0 );
    regs_get( vp, whv_list.names, whv_list.count, whv_list.values );
    text[0] = 0;
    skip = exit->VpContext.Rip - machine_rip( test, machine_code( test ));
    if (skip < 0 && is_prefix_run( test, -skip )) memcpy( code, test->before + MAX_LENGTH + skip, -skip );
    else if (skip < 0 || skip >= (INT32)test->length)
    {
        snprintf( text, sizeof(text), "first exit: rip %#llx, not %#llx", (unsigned long long)exit->VpContext.Rip,
                  (unsigned long long)machine_rip( test, machine_code( test )));
        skip = 0;
    }
    memcpy( code + (skip < 0 ? -skip : 0), test->bytes + (skip > 0 ? skip : 0), test->length - (skip > 0 ? skip : 0) );
    if (text[0]) ;
    else if ((INT32)byte_count < (INT32)known - skip || memcmp( bytes, code, known - skip ))
        snprintf( text, sizeof(text), "first exit: other instruction bytes, %u", byte_count );
    else if (((exit->VpContext.Rflags ^ regs.rflags) & ~(UINT64)(FLAG_RF | FLAG_STATUS)) ||
             /* the flags that an instruction on read-only memory sets may be there already: it will set them again */
             ((exit->VpContext.Rflags ^ regs.rflags) & FLAG_STATUS &&
              !(is_memory && (machine_is_rom( exit->MemoryAccess.Gpa ) || whv.partition == whv.partitions[1]))))
        snprintf( text, sizeof(text), "first exit: flags %#llx, not %#llx", (unsigned long long)exit->VpContext.Rflags,
                  (unsigned long long)regs.rflags );
    /* a repetition that begins in memory may come to a device later */
    else if (!test->on_memory || !form_is_string( test->form )) for (i = 0; i < 16; i++)
        if ((whv_list.values[i].Reg64 ^ test->gpr[i]) & form_kept_bits( test, i ))
            snprintf( text, sizeof(text), "first exit: register %u is %#llx, not %#llx", i,
                      (unsigned long long)whv_list.values[i].Reg64, (unsigned long long)test->gpr[i] );
    if (skip) whv_ambiguous++;
    if (!text[0]) return 1;
    strcpy( outcome->text, text );
    outcome->end = END_STRANGE;
    return 0;
}

/* Look at a register, change it, and put it back. */
static void touch_registers( struct vp *vp )
{
    WHV_REGISTER_NAME name = WHvX64RegisterRbx;
    WHV_REGISTER_VALUE value, other;

    regs_get( vp, &name, 1, &value );
    other = value;
    other.Reg64 ^= 0x5555;
    regs_set( vp, &name, 1, &other );
    regs_set( vp, &name, 1, &value );
}

static BOOL same_exit( const WHV_RUN_VP_EXIT_CONTEXT *a, const WHV_RUN_VP_EXIT_CONTEXT *b )
{
    return a->ExitReason == b->ExitReason && !memcmp( &a->VpContext, &b->VpContext, sizeof(a->VpContext) ) &&
           (a->ExitReason == WHvRunVpExitReasonMemoryAccess
                ? !memcmp( &a->MemoryAccess, &b->MemoryAccess, sizeof(a->MemoryAccess) )
                : !memcmp( &a->IoPortAccess, &b->IoPortAccess, sizeof(a->IoPortAccess) ));
}

BOOL whv_run_again( const struct test *test, const WHV_RUN_VP_EXIT_CONTEXT *exit, struct outcome *outcome )
{
    WHV_RUN_VP_EXIT_CONTEXT again;
    struct vp *vp;
    UINT32 i;

    for (i = 0; i < test->reruns; i++)
    {
        if (test->touch & 1 << i)
        {
            if (!(vp = whv_lock_vp())) return 0;
            touch_registers( vp );
            vp_unlock( vp );
        }
        memset( &again, 0, sizeof(again) );
        if (FAILED(vp_run( whv.partition, 0, &again, sizeof(again) )) || !same_exit( exit, &again ))
        {
            outcome->end = END_STRANGE;
            snprintf( outcome->text, sizeof(outcome->text),
                      "run again, number %u: exit %#x at %#llx rflags %#llx, was %#x at %#llx rflags %#llx", i,
                      again.ExitReason, (unsigned long long)again.VpContext.Rip,
                      (unsigned long long)again.VpContext.Rflags, exit->ExitReason,
                      (unsigned long long)exit->VpContext.Rip, (unsigned long long)exit->VpContext.Rflags );
            return 0;
        }
    }
    return 1;
}

/* What the exception's frame has changed is not the instruction's. Wrong if it does not return to the instruction. */
static BOOL forget_frame( const struct test *test, UINT64 rip, UINT8 *before, const struct outcome *outcome )
{
    UINT64 linear = outcome->gpr[RSP], gpa, ret = 0;
    UINT32 size = test->mode == MODE_REAL16 ? 2 : test->mode < MODE_COMPAT32 ? 4 : 8, i;

    if (test->mode < MODE_PROT32) linear = (UINT16)linear;
    if (size < 8) linear = (UINT32)(linear + outcome->segments[SEGMENT_SS].base);
    for (i = 0; i < 64; i++)
    {
        if (!machine_translate( test->mode, linear + i, &gpa ) || gpa >= RAM_SIZE) continue;
        before[gpa] = outcome->memory[gpa];
        if (i < size) ret |= (UINT64)outcome->memory[gpa] << i * 8;
    }
    return ret == rip;
}

/* From the exit on nothing must be seen of the instruction. */
void whv_leave( const struct test *test, const WHV_RUN_VP_EXIT_CONTEXT *exit, struct outcome *outcome )
{
    static UINT8 before[RAM_SIZE];
    WHV_RUN_VP_EXIT_CONTEXT end;
    UINT64 gpr[16], rflags;
    struct vp *vp;
    UINT32 i;

    if (!(vp = whv_lock_vp())) return;
    memcpy( before, whv.memory, RAM_SIZE );
    machine_hide_accessed( test, before );
    whv_store_state( vp, test, outcome );
    memcpy( gpr, outcome->gpr, sizeof(gpr) );
    rflags = outcome->rflags;
    whv_list.count = 0;
    if (test->away != AWAY_EXCEPTION) whv_add( WHvX64RegisterRip, machine_rip( test, LANDING ));
    else
    {
        whv_add( WHvRegisterPendingEvent, 0 );
        whv_list.values[0].ExceptionEvent.EventPending = 1;
        whv_list.values[0].ExceptionEvent.EventType = WHvX64PendingEventException;
        whv_list.values[0].ExceptionEvent.Vector = 6;
    }
    if (test->away == AWAY_SHADOW) whv_add( WHvRegisterInterruptState, 1 );
    regs_set( vp, whv_list.names, whv_list.count, whv_list.values );
    vp_unlock( vp );

    if (FAILED(vp_run( whv.partition, 0, &end, sizeof(end) )) || end.ExitReason != WHvRunVpExitReasonX64Halt)
    {
        snprintf( outcome->text, sizeof(outcome->text), "exit %#x at %#llx", end.ExitReason,
                  (unsigned long long)end.VpContext.Rip );
        return;
    }
    if (!(vp = whv_lock_vp())) return;
    whv_store_state( vp, test, outcome );
    vp_unlock( vp );
    machine_look_at_end( test, outcome );
    if (test->away == AWAY_EXCEPTION)
    {
        if (outcome->end != END_EXCEPTION || outcome->vector != 6)
            snprintf( outcome->text, sizeof(outcome->text), "no #UD" );
        else if (!forget_frame( test, exit->VpContext.Rip, before, outcome ))
            snprintf( outcome->text, sizeof(outcome->text), "#UD elsewhere" );
    }
    else if (outcome->end != END_DONE || outcome->rip - machine_rip( test, LANDING ) > 1)
        snprintf( outcome->text, sizeof(outcome->text), "rip %#llx", (unsigned long long)outcome->rip );
    else if ((outcome->rflags ^ rflags) & (FLAG_STATUS | FLAG_DF))
        snprintf( outcome->text, sizeof(outcome->text), "flags %#llx", (unsigned long long)outcome->rflags );
    for (i = 0; i < 16; i++)
        if (outcome->gpr[i] != gpr[i] && !(i == RSP && test->away == AWAY_EXCEPTION))
            snprintf( outcome->text, sizeof(outcome->text), "register %u: %#llx, was %#llx", i,
                      (unsigned long long)outcome->gpr[i], (unsigned long long)gpr[i] );
    for (i = 0; i < RAM_SIZE; i++)
        if (before[i] != whv.memory[i])
            snprintf( outcome->text, sizeof(outcome->text), "memory at %#x: %02x, was %02x", i, whv.memory[i],
                      before[i] );
    if (outcome->text[0]) outcome->end = END_STRANGE;
}
