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

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "../winhvemulation/unixlib.h"
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
#include "vm/handle.h"
#include "vm/partition.h"
#include "vm/stop.h"
#include "vm/view_x86.h"
#include "vm/vp.h"
#include "whv.h"

/* More exits than any case can make. */
#define EXIT_LIMIT 4096

struct whv whv;
static struct emulate emulator;
UINT64 whv_ambiguous, whv_remapped;

#define RWX (WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagWrite | WHvMapGpaRangeFlagExecute)
#define RX  (WHvMapGpaRangeFlagRead | WHvMapGpaRangeFlagExecute)

static HRESULT map( UINT64 gpa, UINT64 size, UINT32 flags )
{
    struct partition *locked;
    HRESULT hr;

    if (FAILED(hr = partition_lock( whv.partition, &locked ))) return hr;
    hr = gpa_map_range( &locked->gpa, whv.memory + gpa, gpa, size, flags );
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

    if (FAILED(hr = partition_create( &whv.partition ))) return hr;
    if (FAILED(hr = partition_set_property( whv.partition, WHvPartitionPropertyCodeProcessorCount, &one, sizeof(one) )))
        return hr;
    if (FAILED(hr = partition_setup( whv.partition ))) return hr;
    if (FAILED(hr = map( 0, DATA, RWX )) || FAILED(hr = map( DATA, MMIO - DATA, flags )) ||
        FAILED(hr = map( DATA2, ROM - DATA2, flags )) || FAILED(hr = map( ROM, MMIO2 - ROM, RX ))) return hr;
    if (FAILED(hr = vp_create( whv.partition, 0 ))) return hr;

    /* CPUID is handed to KVM before the first entry: at a HLT */
    whv.memory[0] = 0xf4;
    value.Reg64 = 0;
    if (FAILED(hr = partition_lock_vp( whv.partition, 0, &vp ))) return hr;
    regs_set( vp, &name, 1, &value );
    name = WHvX64RegisterCs;
    memset( &value, 0, sizeof(value) );
    value.Segment.Limit = 0xffff;
    value.Segment.Attributes = 0x9b;
    regs_set( vp, &name, 1, &value );
    vp_unlock( vp );
    return vp_run( whv.partition, 0, &exit, sizeof(exit) );
}

HRESULT whv_open( struct kvm_cpuid2 *cpuid, UINT32 room )
{
    struct vp *vp;
    HRESULT hr;

    whv.memory = mmap( NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0 );
    if (whv.memory == MAP_FAILED) return E_OUTOFMEMORY;
    hr = open_partition( RX );
    whv.partitions[1] = whv.partition;
    if (FAILED(hr)) return hr;
    hr = open_partition( RWX );
    whv.partitions[0] = whv.partition;
    if (FAILED(hr)) return hr;

    cpuid->nent = room;
    if (FAILED(hr = partition_lock_vp( whv.partition, 0, &vp ))) return hr;
    hr = kvm_get_cpuid2( vp->fd, cpuid ) < 0 ? E_INVALIDARG : S_OK;
    vp_unlock( vp );
    return hr;
}

void whv_close( void )
{
    UINT32 i;

    for (i = 0; i < ARRAY_SIZE( whv.partitions ); i++) if (whv.partitions[i]) partition_delete( whv.partitions[i] );
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
            if (req->memory.Direction)
                memcpy( whv.memory + req->memory.GpaAddress, req->memory.Data, req->memory.AccessSize );
            else memcpy( req->memory.Data, whv.memory + req->memory.GpaAddress, req->memory.AccessSize );
        }
        else if (req->memory.Direction)
            device_write( device, req->memory.GpaAddress, req->memory.Data, req->memory.AccessSize );
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
        emulate_begin_mmio( &emulator, &exit->VpContext, &exit->MemoryAccess, &req );
    else emulate_begin_io( &emulator, &exit->VpContext, &exit->IoPortAccess, &req );
    for (steps = 0; req.kind != EMULATE_DONE && steps < 100000; steps++)
    {
        req.result = answer( vp, &req, &outcome->device );
        emulate_step( &emulator, &req );
    }
    if (req.kind == EMULATE_DONE && req.status.EmulationSuccessful) return 1;
    outcome->end = END_STRANGE;
    snprintf( outcome->text, sizeof(outcome->text),
              "emulator status %#x at exit %u, %#x at %#llx, access %#llx %#x, %u bytes %02x %02x", req.status.AsUINT32,
              outcome->exits, exit->ExitReason, (unsigned long long)exit->VpContext.Rip,
              (unsigned long long)exit->MemoryAccess.Gpa, exit->MemoryAccess.AccessInfo.AsUINT32,
              exit->MemoryAccess.InstructionByteCount, exit->MemoryAccess.InstructionBytes[0],
              exit->MemoryAccess.InstructionBytes[1] );
    return 0;
}

/* ---- the clients ---- */

struct vp *whv_lock_vp( void )
{
    struct vp *vp;

    return SUCCEEDED(partition_lock_vp( whv.partition, 0, &vp )) ? vp : NULL;
}

static void start_outcome( const struct test *test, struct outcome *outcome )
{
    device_reset( &outcome->device, test );
    outcome->exits = 0;
    outcome->text[0] = 0;
    outcome->end = END_STRANGE;
    outcome->memory = whv.memory;
}

/* Pages that a case has made writable. */
static UINT64 opened[64];
static UINT32 opened_count;

/* A page of memory that is read-only in this partition alone is made so no longer. FALSE: it is none, or was opened
 * before. */
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
    machine_fill( test, whv.memory );
    if (!(vp = whv_lock_vp())) return;
    whv_load_state( vp, test, outcome );
    vp_unlock( vp );
    if (outcome->text[0]) return;

    for (;;)
    {
        if (FAILED(hr = vp_run( whv.partition, 0, &exit, sizeof(exit) )))
        {
            snprintf( outcome->text, sizeof(outcome->text), "run: %#x", (unsigned int)hr );
            return;
        }
        outcome->exits++;
        if (exit.ExitReason == WHvRunVpExitReasonX64Halt) break;
        if ((exit.ExitReason != WHvRunVpExitReasonMemoryAccess &&
             exit.ExitReason != WHvRunVpExitReasonX64IoPortAccess) ||
            outcome->exits > EXIT_LIMIT)
        {
            snprintf( outcome->text, sizeof(outcome->text), "exit %#x at %#llx", exit.ExitReason,
                      (unsigned long long)exit.VpContext.Rip );
            return;
        }
        if (!(vp = whv_lock_vp())) return;
        good = outcome->exits > 1 || whv_check_first_exit( vp, test, &exit, outcome );
        vp_unlock( vp );
        if (!good) return;
        if (client == CLIENT_AWAY)
        {
            whv_leave( test, &exit, outcome );
            return;
        }
        if (client == CLIENT_RERUN && !whv_run_again( test, &exit, outcome )) return;
        if (client == CLIENT_REMAP && exit.ExitReason == WHvRunVpExitReasonMemoryAccess &&
            exit.MemoryAccess.AccessInfo.AccessType == WHvMemoryAccessWrite &&
            open_page( exit.MemoryAccess.Gpa )) continue;
        if (!(vp = whv_lock_vp())) return;
        good = emulate( vp, &exit, outcome );
        vp_unlock( vp );
        if (!good) return;
    }

    if (!(vp = whv_lock_vp())) return;
    whv_store_state( vp, test, outcome );
    vp_unlock( vp );
    machine_look_at_end( test, outcome );
}

void whv_run( const struct test *test, enum client client, struct outcome *outcome )
{
    whv.partition = whv.partitions[client == CLIENT_REMAP];
    run( test, client, outcome );
    while (opened_count) map( opened[--opened_count], 0x1000, RX );
    whv.partition = whv.partitions[0];
}

void whv_emulate( const struct test *test, struct outcome *outcome )
{
    WHV_RUN_VP_EXIT_CONTEXT exit;
    struct kvm_regs regs;
    struct kvm_sregs sregs;
    struct vp *vp;

    start_outcome( test, outcome );
    machine_fill( test, whv.memory );
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

    if (!(vp = whv_lock_vp())) return;
    whv_load_state( vp, test, outcome );
    if (!outcome->text[0] && emulate( vp, &exit, outcome )) outcome->end = END_DONE;
    vp_unlock( vp );
    if (outcome->end != END_DONE) return;

    outcome->end = END_STRANGE;
    strcpy( outcome->text, "no end" );
    if (FAILED(vp_run( whv.partition, 0, &exit, sizeof(exit) )) || exit.ExitReason != WHvRunVpExitReasonX64Halt) return;
    if (!(vp = whv_lock_vp())) return;
    whv_store_state( vp, test, outcome );
    vp_unlock( vp );
    machine_look_at_end( test, outcome );
}
