/*
 * The CPUID bit that an instruction needs
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
 * Which bit of CPUID offers an instruction: a guest that does not see it gets #UD from a processor. One of the files
 * that name Zydis. The bytes are hostile. Pure: no allocation, no state.
 * Source: Intel SDM volume 2, AMD APM volume 3, appendix D.
 */

#ifndef __WHV_UNIX_INSN_FEATURE_H
#define __WHV_UNIX_INSN_FEATURE_H

#include "insn/insn.h"
#include "winhvplatformdefs.h"

struct insn_feature
{
    UINT32 leaf;                /* subleaf 0 */
    UINT8  reg;                 /* 0 eax, 1 ebx, 2 ecx, 3 edx */
    UINT8  bit;
};

/* bytes, count, mode as for insn_decode(). FALSE: no instruction, or it goes by no bit that is known here. */
extern BOOL insn_find_feature( const UINT8 *bytes, UINT32 count, enum insn_mode mode, struct insn_feature *feature );

#endif /* __WHV_UNIX_INSN_FEATURE_H */
