/*
 * whvrun: exits and processors in words
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

#include "platform/partition.h"
#include "platform/print.h"
#include "platform/ram.h"
#include "platform/vp.h"

#define ARRAY_COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void print_bytes( const UINT8 *bytes, UINT8 count )
{
    UINT8 i;

    for (i = 0; i < count && i < 16; i++) fprintf( stderr, "%s%02x", i ? " " : " bytes ", bytes[i] );
    fprintf( stderr, "\n" );
}

void print_exit( UINT32 index, const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const WHV_VP_EXIT_CONTEXT *vp = &exit->VpContext;
    const WHV_MEMORY_ACCESS_CONTEXT *memory = &exit->MemoryAccess;
    const WHV_X64_IO_PORT_ACCESS_CONTEXT *io = &exit->IoPortAccess;
    static const char * const access[4] = { "read", "write", "execute", "access" };

    if (partition_has_apics()) fprintf( stderr, "whvrun: vp %u:\n", index );
    fprintf( stderr, "whvrun: %04x:%016llx flags %08llx cpl %u: ", vp->Cs.Selector, (ULONGLONG)vp->Rip,
             (ULONGLONG)vp->Rflags, vp->ExecutionState.Cpl );
    switch (exit->ExitReason)
    {
    case WHvRunVpExitReasonMemoryAccess:
        fprintf( stderr, "memory %s gpa %llx%s", access[memory->AccessInfo.AccessType], (ULONGLONG)memory->Gpa,
                 memory->AccessInfo.GpaUnmapped ? " (unmapped)" : "" );
        if (memory->AccessInfo.GvaValid) fprintf( stderr, " gva %llx", (ULONGLONG)memory->Gva );
        print_bytes( memory->InstructionBytes, memory->InstructionByteCount );
        break;
    case WHvRunVpExitReasonX64IoPortAccess:
        fprintf( stderr, "%s%s%s port %04x size %u rax %llx rcx %llx", io->AccessInfo.RepPrefix ? "rep " : "",
                 io->AccessInfo.IsWrite ? "out" : "in", io->AccessInfo.StringOp ? "s" : "", io->PortNumber,
                 io->AccessInfo.AccessSize, (ULONGLONG)io->Rax, (ULONGLONG)io->Rcx );
        print_bytes( io->InstructionBytes, io->InstructionByteCount );
        break;
    case WHvRunVpExitReasonX64Halt:                fprintf( stderr, "halt\n" ); break;
    case WHvRunVpExitReasonX64InterruptWindow:     fprintf( stderr, "interrupt window\n" ); break;
    case WHvRunVpExitReasonX64ApicEoi:
        fprintf( stderr, "EOI of vector %02x\n", exit->ApicEoi.InterruptVector );
        break;
    case WHvRunVpExitReasonCanceled:               fprintf( stderr, "canceled\n" ); break;
    case WHvRunVpExitReasonUnrecoverableException: fprintf( stderr, "unrecoverable exception (triple fault)\n" ); break;
    case WHvRunVpExitReasonInvalidVpRegisterValue: fprintf( stderr, "invalid register value\n" ); break;
    case WHvRunVpExitReasonUnsupportedFeature:
        fprintf( stderr, "unsupported feature %u, %llx\n", exit->UnsupportedFeature.FeatureCode,
                 (ULONGLONG)exit->UnsupportedFeature.FeatureParameter );
        break;
    default:                                       fprintf( stderr, "exit reason %#x\n", exit->ExitReason ); break;
    }
}

/* Not all exits bring the instruction along; guests crash near their code. */
static void print_code( UINT32 index, const WHV_VP_EXIT_CONTEXT *vp )
{
    UINT64 gva = vp->Rip, gpa;
    void *code;

    if (!vp->ExecutionState.EferLma || !vp->Cs.Long) gva = (UINT32)(gva + vp->Cs.Base);
    if (!vp_find( index, gva, &gpa ) || !(code = ram_at( gpa, 16 ))) return;
    fprintf( stderr, " code" );
    print_bytes( code, 16 );
}

static void print_registers( UINT32 index )
{
    static const WHV_REGISTER_NAME names[] =
    {
        WHvX64RegisterRax, WHvX64RegisterRcx, WHvX64RegisterRdx, WHvX64RegisterRbx, WHvX64RegisterRsp,
        WHvX64RegisterRbp, WHvX64RegisterRsi, WHvX64RegisterRdi, WHvX64RegisterR8, WHvX64RegisterR9,
        WHvX64RegisterR10, WHvX64RegisterR11, WHvX64RegisterR12, WHvX64RegisterR13, WHvX64RegisterR14,
        WHvX64RegisterR15, WHvX64RegisterCr0, WHvX64RegisterCr2, WHvX64RegisterCr3, WHvX64RegisterCr4,
        WHvX64RegisterEfer, WHvX64RegisterRip,
    };
    static const char * const texts[] =
    {
        "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi", "r8", "r9", "r10", "r11",
        "r12", "r13", "r14", "r15", "cr0", "cr2", "cr3", "cr4", "efer", "rip",
    };
    WHV_REGISTER_VALUE values[ARRAY_COUNT(names)];
    size_t i;

    if (FAILED( vp_get_registers( index, names, values, ARRAY_COUNT(names) ))) return;
    for (i = 0; i < ARRAY_COUNT(names); i++)
        fprintf( stderr, "%5s %016llx%s", texts[i], (ULONGLONG)values[i].Reg64,
                 i % 4 == 3 || i == ARRAY_COUNT(names) - 1 ? "\n" : "" );
}

void print_crash( UINT32 vp, const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    print_exit( vp, exit );
    print_registers( vp );
    print_code( vp, &exit->VpContext );
}
