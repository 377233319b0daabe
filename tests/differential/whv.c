/*
 * Differential test: the code under test as its clients
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


#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "../winhvemulation/unixlib.h"
#include "differential.h"
#include "emulate/emulate.h"
#include "emulate/state.h"
#include "host/array.h"
#include "host/kvm.h"
#include "memory/gpa_map.h"
#include "memory/gva_x86.h"
#include "registers/registers_x86.h"
#include "run/partition_life.h"
#include "run/run.h"
#include "run/vp_life.h"
#include "vectors.h"
#include "vm/handle.h"
#include "vm/partition.h"
#include "vm/stop.h"
#include "vm/view_x86.h"
#include "vm/vp.h"

/* More exits than any case can make. */
#define EXIT_LIMIT 4096

/* The second has all memory read-only, as snapshot fuzzers do: they make a page writable at the exit. */
static WHV_PARTITION_HANDLE partitions[2], partition;
static UINT8 *memory;
static struct emulate emulator;
UINT64 whv_ambiguous, whv_remapped;

#define RWX (WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute)
#define RX  (WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagExecute)

static HRESULT map( UINT64 gpa, UINT64 size, UINT32 flags )
{
    struct partition *locked;
    HRESULT hr;

    if (FAILED(hr = partition_lock( partition, &locked ))) return hr;
    hr = gpa_map_range( &locked->gpa, memory + gpa, gpa, size, flags );
    partition_unlock( locked );
    return hr;
}

static HRESULT open_partition( UINT32 flags )
{
    WHV_REGISTER_NAME name = WHvX64RegisterRip;
    WHV_RUN_VP_EXIT_CONTEXT exit;
    WHV_REGISTER_VALUE value;
    UINT32 one = 1;
    struct vp *vp;
    HRESULT hr;

    if (FAILED(hr = partition_create( &partition ))) return hr;
    if (FAILED(hr = partition_set_property( partition, WHvPartitionPropertyCodeProcessorCount, &one, sizeof(one) ))) return hr;
    if (FAILED(hr = partition_setup( partition ))) return hr;
    if (FAILED(hr = map( 0, DATA, RWX )) || FAILED(hr = map( DATA, MMIO - DATA, flags )) ||
        FAILED(hr = map( DATA2, ROM - DATA2, flags )) || FAILED(hr = map( ROM, MMIO2 - ROM, RX ))) return hr;
    if (FAILED(hr = vp_create( partition, 0 ))) return hr;

    /* CPUID is handed to KVM before the first entry: at a HLT */
    memory[0] = 0xf4;
    value.Reg64 = 0;
    if (FAILED(hr = partition_lock_vp( partition, 0, &vp ))) return hr;
    regs_set( vp, &name, 1, &value );
    name = WHvX64RegisterCs;
    memset( &value, 0, sizeof(value) );
    value.Segment.Limit = 0xffff;
    value.Segment.Attributes = 0x9b;
    regs_set( vp, &name, 1, &value );
    vp_unlock( vp );
    return vp_run( partition, 0, &exit, sizeof(exit) );
}

HRESULT whv_open( struct kvm_cpuid2 *cpuid, UINT32 room )
{
    struct vp *vp;
    HRESULT hr;

    memory = mmap( NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    if (memory == MAP_FAILED) return E_OUTOFMEMORY;
    hr = open_partition( RX );
    partitions[1] = partition;
    if (FAILED(hr)) return hr;
    hr = open_partition( RWX );
    partitions[0] = partition;
    if (FAILED(hr)) return hr;

    cpuid->nent = room;
    if (FAILED(hr = partition_lock_vp( partition, 0, &vp ))) return hr;
    hr = kvm_get_cpuid2( vp->fd, cpuid ) < 0 ? E_INVALIDARG : S_OK;
    vp_unlock( vp );
    return hr;
}

void whv_close( void )
{
    UINT32 i;

    for (i = 0; i < ARRAY_SIZE( partitions ); i++) if (partitions[i]) partition_delete( partitions[i] );
}

/* ---- registers, as a client has them ---- */

static WHV_REGISTER_NAME names[96];
static WHV_REGISTER_VALUE values[96];
static UINT32 count;

static void add( WHV_REGISTER_NAME name, UINT64 value )
{
    memset( &values[count], 0, sizeof(values[0]) );
    values[count].Reg64 = value;
    names[count++] = name;
}

static void add_segment( WHV_REGISTER_NAME name, const struct kvm_segment *segment )
{
    add( name, 0 );
    segment_from_kvm( segment, &values[count - 1].Segment );
}

static void add_table( WHV_REGISTER_NAME name, const struct kvm_dtable *table )
{
    add( name, 0 );
    values[count - 1].Table.Base = table->base;
    values[count - 1].Table.Limit = table->limit;
}

static void add_bytes( WHV_REGISTER_NAME name, const UINT8 *bytes, UINT32 size )
{
    add( name, 0 );
    memcpy( &values[count - 1], bytes, size );
}

static void load_state( struct vp *vp, const struct test *test, struct outcome *outcome )
{
    struct kvm_regs regs;
    struct kvm_sregs sregs;
    HRESULT hr;
    UINT32 i;

    machine_state( test, &regs, &sregs );
    count = 0;
    for (i = 0; i < 16; i++) add( WHvX64RegisterRax + i, test->gpr[i] );
    add( WHvX64RegisterRip, regs.rip );
    add( WHvX64RegisterRflags, regs.rflags );
    add_segment( WHvX64RegisterEs, &sregs.es );
    add_segment( WHvX64RegisterCs, &sregs.cs );
    add_segment( WHvX64RegisterSs, &sregs.ss );
    add_segment( WHvX64RegisterDs, &sregs.ds );
    add_segment( WHvX64RegisterFs, &sregs.fs );
    add_segment( WHvX64RegisterGs, &sregs.gs );
    add_segment( WHvX64RegisterTr, &sregs.tr );
    add_segment( WHvX64RegisterLdtr, &sregs.ldt );
    add_table( WHvX64RegisterGdtr, &sregs.gdt );
    add_table( WHvX64RegisterIdtr, &sregs.idt );
    add( WHvX64RegisterCr0, sregs.cr0 );
    add( WHvX64RegisterCr2, 0 );
    add( WHvX64RegisterCr3, sregs.cr3 );
    add( WHvX64RegisterCr4, sregs.cr4 );
    add( WHvX64RegisterEfer, sregs.efer );
    add( WHvX64RegisterCr8, 0 );
    add( WHvRegisterPendingEvent, 0 );
    add( WHvRegisterInterruptState, 0 );
    if (form_uses_vectors( test->form ))
    {
        for (i = 0; i < 16; i++)
        {
            add( WHvX64RegisterXmm0 + i, 0 );
            memcpy( &values[count - 1].Reg128, test->xmm[i], 16 );
        }
        add_bytes( WHvX64RegisterXmmControlStatus, test->fpu + 16, 8 );
        values[count - 1].XmmControlStatus.XmmStatusControl = 0x1f80;
        add_bytes( WHvX64RegisterFpControlStatus, test->fpu, 16 );
        for (i = 0; i < 8; i++) add_bytes( WHvX64RegisterFpMmx0 + i, test->fpu + 32 + i * 16, 10 );
    }
    if (form_uses_upper_halves( test->form ))
    {
        add( WHvX64RegisterXCr0, 7 );
        for (i = 0; i < 16; i++)
        {
            add( WHV_VECTOR_LANE( i, 1 ), 0 );
            memcpy( &values[count - 1].Reg128, test->upper[i], 16 );
        }
    }
    if (FAILED(hr = regs_set( vp, names, count, values )))
        snprintf( outcome->text, sizeof(outcome->text), "registers refused: %#x", (unsigned int)hr );
}

static void store_state( struct vp *vp, const struct test *test, struct outcome *outcome )
{
    UINT32 i;

    count = 0;
    for (i = 0; i < 16; i++) add( WHvX64RegisterRax + i, 0 );
    add( WHvX64RegisterRip, 0 );
    add( WHvX64RegisterRflags, 0 );
    add( WHvX64RegisterCr2, 0 );
    for (i = 0; i < 6; i++) add( WHvX64RegisterEs + i, 0 );
    if (form_uses_vectors( test->form ))
    {
        for (i = 0; i < 16; i++) add( WHvX64RegisterXmm0 + i, 0 );
        add( WHvX64RegisterFpControlStatus, 0 );
        for (i = 0; i < 8; i++) add( WHvX64RegisterFpMmx0 + i, 0 );
    }
    if (form_uses_upper_halves( test->form )) for (i = 0; i < 16; i++) add( WHV_VECTOR_LANE( i, 1 ), 0 );
    regs_get( vp, names, count, values );
    for (i = 0; i < 16; i++) outcome->gpr[i] = values[i].Reg64;
    outcome->rip = values[16].Reg64;
    outcome->rflags = values[17].Reg64 & ~(UINT64)FLAG_RF;
    outcome->cr2 = values[18].Reg64;
    for (i = 0; i < 6; i++)
    {
        outcome->segments[i].base = values[19 + i].Segment.Base;
        outcome->segments[i].selector = values[19 + i].Segment.Selector;
    }
    memset( outcome->xmm, 0, sizeof(outcome->xmm) );
    if (form_uses_vectors( test->form ))
    {
        for (i = 0; i < 16; i++) memcpy( outcome->xmm[i], &values[25 + i].Reg128, 16 );
        memset( outcome->fpu, 0, sizeof(outcome->fpu) );
        memcpy( outcome->fpu, &values[41], 16 );
        for (i = 0; i < 8; i++) memcpy( outcome->fpu + 32 + i * 16, &values[42 + i], 10 );
    }
    memset( outcome->upper, 0, sizeof(outcome->upper) );
    if (form_uses_upper_halves( test->form ))
        for (i = 0; i < 16; i++) memcpy( outcome->upper[i], &values[50 + i].Reg128, 16 );
}

/* ---- the emulator's callbacks ---- */

static HRESULT answer( struct vp *vp, struct emulate_request *req, struct device *device )
{
    struct gva_context context;

    switch (req->kind)
    {
    case EMULATE_GET_REGISTERS:
        return regs_get( vp, req->names, req->count, req->values );
    case EMULATE_SET_REGISTERS:
        return regs_set( vp, req->names, req->count, req->values );
    case EMULATE_TRANSLATE:
        vp_gva_context( vp, &context );
        req->code = gva_translate( &context, req->gva, req->flags, &req->gpa );
        return S_OK;
    case EMULATE_MEMORY:
        if (req->memory.GpaAddress + req->memory.AccessSize <= RAM_SIZE && !machine_is_mmio( req->memory.GpaAddress ) &&
            !(machine_is_rom( req->memory.GpaAddress ) && req->memory.Direction))
        {
            if (req->memory.Direction) memcpy( memory + req->memory.GpaAddress, req->memory.Data, req->memory.AccessSize );
            else memcpy( req->memory.Data, memory + req->memory.GpaAddress, req->memory.AccessSize );
        }
        else if (req->memory.Direction) device_write( device, req->memory.GpaAddress, req->memory.Data, req->memory.AccessSize );
        else device_read( device, req->memory.GpaAddress, req->memory.Data, req->memory.AccessSize );
        return S_OK;
    case EMULATE_IO:
        if (req->io.Direction) device_out( device, req->io.Port, (UINT8 *)&req->io.Data, req->io.AccessSize );
        else
        {
            req->io.Data = 0;
            device_in( device, req->io.Port, (UINT8 *)&req->io.Data, req->io.AccessSize );
        }
        return S_OK;
    }
    return E_INVALIDARG;
}

/* TRUE if all went well. */
static BOOL emulate( struct vp *vp, const WHV_RUN_VP_EXIT_CONTEXT *exit, struct outcome *outcome )
{
    struct emulate_request req;
    UINT32 steps;

    memset( &req, 0, sizeof(req) );
    if (exit->ExitReason == WHvRunVpExitReasonMemoryAccess)
        emulate_begin_mmio( &emulator, &exit->VpContext, &exit->MemoryAccess );
    else emulate_begin_io( &emulator, &exit->VpContext, &exit->IoPortAccess );
    emulate_step( &emulator, &req );
    for (steps = 0; req.kind != EMULATE_DONE && steps < 100000; steps++)
    {
        req.result = answer( vp, &req, &outcome->device );
        emulate_step( &emulator, &req );
    }
    if (req.kind == EMULATE_DONE && req.status.EmulationSuccessful) return 1;
    outcome->end = END_STRANGE;
    snprintf( outcome->text, sizeof(outcome->text), "emulator status %#x at exit %u, %#x at %#llx, access %#llx %#x, %u bytes %02x %02x",
              req.status.AsUINT32, outcome->exits, exit->ExitReason, (unsigned long long)exit->VpContext.Rip,
              (unsigned long long)exit->MemoryAccess.Gpa, exit->MemoryAccess.AccessInfo.AsUINT32,
              exit->MemoryAccess.InstructionByteCount, exit->MemoryAccess.InstructionBytes[0],
              exit->MemoryAccess.InstructionBytes[1] );
    return 0;
}

/* ---- the clients ---- */

static struct vp *lock_vp( void )
{
    struct vp *vp;

    return SUCCEEDED(partition_lock_vp( partition, 0, &vp )) ? vp : NULL;
}

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

/* At the first exit nothing must have happened yet, as far as a client can see: RIP at the instruction or (harmless: what is
 * left of it has the same effect) at a later one of its prefixes or at an earlier byte that looks like one, registers as they
 * were, and these bytes. That the effect is the same is shown by what comes of it. */
static BOOL check_first_exit( struct vp *vp, const struct test *test, const WHV_RUN_VP_EXIT_CONTEXT *exit,
                              struct outcome *outcome )
{
    BOOL is_memory = exit->ExitReason == WHvRunVpExitReasonMemoryAccess;
    const UINT8 *bytes = is_memory ? exit->MemoryAccess.InstructionBytes : exit->IoPortAccess.InstructionBytes;
    UINT32 byte_count = is_memory ? exit->MemoryAccess.InstructionByteCount : exit->IoPortAccess.InstructionByteCount, i;
    UINT32 known = test->length;
    UINT8 code[2 * MAX_LENGTH];
    INT32 skip;
    struct kvm_regs regs;
    struct kvm_sregs sregs;
    char text[sizeof(outcome->text)];

    machine_state( test, &regs, &sregs );
    count = 0;
    for (i = 0; i < 16; i++) add( WHvX64RegisterRax + i, 0 );
    regs_get( vp, names, count, values );
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
              !(is_memory && (machine_is_rom( exit->MemoryAccess.Gpa ) || partition == partitions[1]))))
        snprintf( text, sizeof(text), "first exit: flags %#llx, not %#llx", (unsigned long long)exit->VpContext.Rflags,
                  (unsigned long long)regs.rflags );
    /* a repetition that begins in memory may come to a device later */
    else if (!test->on_memory || !form_is_string( test->form )) for (i = 0; i < 16; i++)
        if ((values[i].Reg64 ^ test->gpr[i]) & form_kept_bits( test, i ))
            snprintf( text, sizeof(text), "first exit: register %u is %#llx, not %#llx", i,
                      (unsigned long long)values[i].Reg64, (unsigned long long)test->gpr[i] );
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

static BOOL run_again( const struct test *test, const WHV_RUN_VP_EXIT_CONTEXT *exit, struct outcome *outcome )
{
    WHV_RUN_VP_EXIT_CONTEXT again;
    struct vp *vp;
    UINT32 i;

    for (i = 0; i < test->reruns; i++)
    {
        if (test->touch & 1 << i)
        {
            if (!(vp = lock_vp())) return 0;
            touch_registers( vp );
            vp_unlock( vp );
        }
        memset( &again, 0, sizeof(again) );
        if (FAILED(vp_run( partition, 0, &again, sizeof(again) )) || !same_exit( exit, &again ))
        {
            outcome->end = END_STRANGE;
            snprintf( outcome->text, sizeof(outcome->text), "run again, number %u: exit %#x at %#llx rflags %#llx, was %#x at %#llx rflags %#llx", i,
                      again.ExitReason, (unsigned long long)again.VpContext.Rip, (unsigned long long)again.VpContext.Rflags,
                      exit->ExitReason, (unsigned long long)exit->VpContext.Rip, (unsigned long long)exit->VpContext.Rflags );
            return 0;
        }
    }
    return 1;
}

static void start_outcome( const struct test *test, struct outcome *outcome )
{
    device_reset( &outcome->device, test );
    outcome->exits = 0;
    outcome->text[0] = 0;
    outcome->end = END_STRANGE;
    outcome->memory = memory;
}

/* What the exception's frame has changed is not the instruction's. Wrong if it does not return to the instruction. */
static BOOL forget_frame( const struct test *test, UINT64 rip, UINT8 *before, const struct outcome *outcome )
{
    UINT64 linear = outcome->gpr[REG_RSP], gpa, ret = 0;
    UINT32 size = test->mode == MODE_REAL16 ? 2 : test->mode < MODE_COMPAT32 ? 4 : 8, i;

    if (test->mode < MODE_PROT32) linear = (UINT16)linear;
    if (size < 8) linear = (UINT32)(linear + outcome->segments[SS].base);
    for (i = 0; i < 64; i++)
    {
        if (!machine_translate( test->mode, linear + i, &gpa ) || gpa >= RAM_SIZE) continue;
        before[gpa] = outcome->memory[gpa];
        if (i < size) ret |= (UINT64)outcome->memory[gpa] << i * 8;
    }
    return ret == rip;
}

/* From the exit on nothing must be seen of the instruction. */
static void leave( const struct test *test, const WHV_RUN_VP_EXIT_CONTEXT *exit, struct outcome *outcome )
{
    static UINT8 before[RAM_SIZE];
    WHV_RUN_VP_EXIT_CONTEXT end;
    UINT64 gpr[16], rflags;
    struct vp *vp;
    UINT32 i;

    if (!(vp = lock_vp())) return;
    memcpy( before, memory, RAM_SIZE );
    machine_hide_accessed( test, before );
    store_state( vp, test, outcome );
    memcpy( gpr, outcome->gpr, sizeof(gpr) );
    rflags = outcome->rflags;
    count = 0;
    if (test->away != AWAY_EXCEPTION) add( WHvX64RegisterRip, machine_rip( test, LANDING ));
    else
    {
        add( WHvRegisterPendingEvent, 0 );
        values[0].ExceptionEvent.EventPending = 1;
        values[0].ExceptionEvent.EventType = WHvX64PendingEventException;
        values[0].ExceptionEvent.Vector = 6;
    }
    if (test->away == AWAY_SHADOW) add( WHvRegisterInterruptState, 1 );
    regs_set( vp, names, count, values );
    vp_unlock( vp );

    if (FAILED(vp_run( partition, 0, &end, sizeof(end) )) || end.ExitReason != WHvRunVpExitReasonX64Halt)
    {
        snprintf( outcome->text, sizeof(outcome->text), "exit %#x at %#llx", end.ExitReason, (unsigned long long)end.VpContext.Rip );
        return;
    }
    if (!(vp = lock_vp())) return;
    store_state( vp, test, outcome );
    vp_unlock( vp );
    machine_look_at_end( test, outcome );
    if (test->away == AWAY_EXCEPTION)
    {
        if (outcome->end != END_EXCEPTION || outcome->vector != 6) snprintf( outcome->text, sizeof(outcome->text), "no #UD" );
        else if (!forget_frame( test, exit->VpContext.Rip, before, outcome ))
            snprintf( outcome->text, sizeof(outcome->text), "#UD elsewhere" );
    }
    else if (outcome->end != END_DONE || outcome->rip - machine_rip( test, LANDING ) > 1)
        snprintf( outcome->text, sizeof(outcome->text), "rip %#llx", (unsigned long long)outcome->rip );
    else if ((outcome->rflags ^ rflags) & (FLAG_STATUS | FLAG_DF))
        snprintf( outcome->text, sizeof(outcome->text), "flags %#llx", (unsigned long long)outcome->rflags );
    for (i = 0; i < 16; i++)
        if (outcome->gpr[i] != gpr[i] && !(i == REG_RSP && test->away == AWAY_EXCEPTION))
            snprintf( outcome->text, sizeof(outcome->text), "register %u: %#llx, was %#llx", i, (unsigned long long)outcome->gpr[i],
                      (unsigned long long)gpr[i] );
    for (i = 0; i < RAM_SIZE; i++)
        if (before[i] != memory[i]) snprintf( outcome->text, sizeof(outcome->text), "memory at %#x: %02x, was %02x", i, memory[i], before[i] );
    if (outcome->text[0]) outcome->end = END_STRANGE;
}

/* Pages that a case has made writable. */
static UINT64 opened[64];
static UINT32 opened_count;

/* A page of memory that is read-only in this partition alone is made so no longer. FALSE: it is none, or was opened before. */
static BOOL open_page( UINT64 gpa )
{
    UINT32 i;

    if (gpa < DATA || gpa >= ROM || machine_is_mmio( gpa )) return 0;
    gpa &= ~0xfffull;
    for (i = 0; i < opened_count; i++) if (opened[i] == gpa) return 0;
    if (opened_count == ARRAY_SIZE( opened ) || FAILED(map( gpa, 0x1000, RWX ))) return 0;
    opened[opened_count++] = gpa;
    whv_remapped++;
    return 1;
}

static void run( const struct test *test, enum client client, struct outcome *outcome )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;
    struct vp *vp;
    HRESULT hr;
    BOOL good;

    start_outcome( test, outcome );
    machine_fill( test, memory );
    if (!(vp = lock_vp())) return;
    load_state( vp, test, outcome );
    vp_unlock( vp );
    if (outcome->text[0]) return;

    for (;;)
    {
        if (FAILED(hr = vp_run( partition, 0, &exit, sizeof(exit) )))
        {
            snprintf( outcome->text, sizeof(outcome->text), "run: %#x", (unsigned int)hr );
            return;
        }
        outcome->exits++;
        if (exit.ExitReason == WHvRunVpExitReasonX64Halt) break;
        if ((exit.ExitReason != WHvRunVpExitReasonMemoryAccess && exit.ExitReason != WHvRunVpExitReasonX64IoPortAccess) ||
            outcome->exits > EXIT_LIMIT)
        {
            snprintf( outcome->text, sizeof(outcome->text), "exit %#x at %#llx", exit.ExitReason,
                      (unsigned long long)exit.VpContext.Rip );
            return;
        }
        if (!(vp = lock_vp())) return;
        good = outcome->exits > 1 || check_first_exit( vp, test, &exit, outcome );
        vp_unlock( vp );
        if (!good) return;
        if (client == CLIENT_AWAY)
        {
            leave( test, &exit, outcome );
            return;
        }
        if (client == CLIENT_RERUN && !run_again( test, &exit, outcome )) return;
        if (client == CLIENT_REMAP && exit.ExitReason == WHvRunVpExitReasonMemoryAccess &&
            exit.MemoryAccess.AccessInfo.AccessType == WHvMemoryAccessWrite && open_page( exit.MemoryAccess.Gpa )) continue;
        if (!(vp = lock_vp())) return;
        good = emulate( vp, &exit, outcome );
        vp_unlock( vp );
        if (!good) return;
    }

    if (!(vp = lock_vp())) return;
    store_state( vp, test, outcome );
    vp_unlock( vp );
    machine_look_at_end( test, outcome );
}

void whv_run( const struct test *test, enum client client, struct outcome *outcome )
{
    partition = partitions[client == CLIENT_REMAP];
    run( test, client, outcome );
    while (opened_count) map( opened[--opened_count], 0x1000, RX );
    partition = partitions[0];
}

void whv_emulate( const struct test *test, struct outcome *outcome )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;
    struct kvm_regs regs;
    struct kvm_sregs sregs;
    struct vp *vp;

    start_outcome( test, outcome );
    machine_fill( test, memory );
    machine_state( test, &regs, &sregs );
    regs.rip = machine_rip( test, machine_code( test ));
    memset( &exit, 0, sizeof(exit) );
    exit.ExitReason = WHvRunVpExitReasonMemoryAccess;
    exit.VpContext.Rip = regs.rip;
    exit.VpContext.Rflags = regs.rflags;
    segment_from_kvm( &sregs.cs, &exit.VpContext.Cs );
    exit.VpContext.ExecutionState.Cpl = test->mode == MODE_USER64 ? 3 : 0;
    exit.VpContext.ExecutionState.Cr0Pe = sregs.cr0 & 1;
    exit.VpContext.ExecutionState.Cr0Am = sregs.cr0 >> 18 & 1;
    exit.VpContext.ExecutionState.EferLma = !!(sregs.efer & 0x400);
    /* no bytes: it fetches them itself */

    if (!(vp = lock_vp())) return;
    load_state( vp, test, outcome );
    if (!outcome->text[0] && emulate( vp, &exit, outcome )) outcome->end = END_DONE;
    vp_unlock( vp );
    if (outcome->end != END_DONE) return;

    outcome->end = END_STRANGE;
    strcpy( outcome->text, "no end" );
    if (FAILED(vp_run( partition, 0, &exit, sizeof(exit) )) || exit.ExitReason != WHvRunVpExitReasonX64Halt) return;
    if (!(vp = lock_vp())) return;
    store_state( vp, test, outcome );
    vp_unlock( vp );
    machine_look_at_end( test, outcome );
}
