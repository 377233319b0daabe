/*
 * whvrun: instructions by our own hand
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

#include "decode/decode.h"
#include "decode/insn.h"
#include "decode/one_byte.h"
#include "decode/two_byte.h"
#include "platform/rflags.h"
#include "platform/vp.h"

const char *decode_execute( UINT32 vp, const WHV_RUN_VP_EXIT_CONTEXT *exit )
{
    const WHV_VP_EXIT_CONTEXT *context = &exit->VpContext;
    WHV_REGISTER_NAME names[GPR_COUNT + SEG_COUNT];
    WHV_REGISTER_VALUE values[GPR_COUNT + SEG_COUNT];
    BOOL is_port = exit->ExitReason == WHvRunVpExitReasonX64IoPortAccess;
    struct insn in;
    unsigned int i;

    memset( &in, 0, sizeof(in) );
    memset( values, 0, sizeof(values) );
    in.why = "an instruction that is not decoded";
    in.vp = vp;
    in.bytes = is_port ? exit->IoPortAccess.InstructionBytes : exit->MemoryAccess.InstructionBytes;
    in.count = is_port ? exit->IoPortAccess.InstructionByteCount : exit->MemoryAccess.InstructionByteCount;
    in.count = min( in.count, 15 );
    in.mode = context->ExecutionState.EferLma && context->Cs.Long ? 8 : context->Cs.Default ? 4 : 2;
    for (i = 0; i < GPR_COUNT; i++) names[i] = WHvX64RegisterRax + i;
    for (i = 0; i < SEG_COUNT; i++) names[GPR_COUNT + i] = WHvX64RegisterEs + i;
    if (FAILED( vp_get_registers( vp, names, values, GPR_COUNT + SEG_COUNT ))) return "no registers";
    for (i = 0; i < GPR_COUNT; i++) in.gpr[i] = values[i].Reg64;
    for (i = 0; i < SEG_COUNT; i++) in.seg[i] = values[GPR_COUNT + i].Segment;

    insn_fetch_opcode( &in );
    if (!in.failed && in.two_byte) two_byte_execute( &in );
    else if (!in.failed) one_byte_execute( &in );
    if (in.failed) return in.why;

    if (!in.repeat) in.gpr[RIP] += in.pos;
    if (in.mode != 8) in.gpr[RIP] &= size_mask( in.mode );
    in.gpr[RFLAGS] &= ~FLAG_RF;
    for (i = 0; i < GPR_COUNT; i++) values[i].Reg64 = in.gpr[i];
    return FAILED( vp_set_registers( vp, names, values, GPR_COUNT )) ? "registers are refused" : NULL;
}
