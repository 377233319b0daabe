/*
 * Differential test: the forms of instructions
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


#include "forms.h"
#include "host/array.h"

#define MEM( name, opcode, size, flags ) { name, 0, 0, opcode, -1, size, 0, U_NONE, F_MODRM | (flags) }
#define EXT( name, opcode, ext, size, imm, undefined, flags ) \
    { name, 0, 0, opcode, ext, size, imm, undefined, F_MODRM | (flags) }
#define MEM2( name, opcode, size, undefined, flags ) { name, 0, 1, opcode, -1, size, 0, undefined, F_MODRM | (flags) }
#define VEC( name, prefix, opcode, size, flags ) \
    { name, prefix, 1, opcode, -1, size, 0, U_NONE, F_MODRM | F_SSE | (flags) }
#define VEX( name, map, prefix, opcode, size, imm, flags ) \
    { name, prefix, MAP_VEX | (map), opcode, -1, size, imm, U_NONE, F_MODRM | F_SSE | F_MEMORY | F_ONLY64 | (flags) }
#define FX( name, opcode, ext, flags ) \
    { name, 0, 1, opcode, ext, SIZE_FX, 0, U_NONE, F_MODRM | F_ALIGNED | F_SSE | F_FPU | F_MEMORY | F_WRITABLE | \
      (flags) }
#define X87( name, opcode, ext, size, flags ) \
    { name, 0, 0, opcode, ext, size, 0, U_NONE, F_MODRM | F_SSE | F_FPU | (flags) }
#define PLAIN( name, opcode, size, imm, flags ) { name, 0, 0, opcode, -1, size, imm, U_NONE, flags }

#define ALU( name, base, ext, undefined, write ) \
    { name " m8,r8", 0, 0, base, -1, SIZE_B, 0, undefined, F_MODRM | F_READ | (write) }, \
    { name " m,r", 0, 0, base + 1, -1, SIZE_V, 0, undefined, F_MODRM | F_READ | (write) }, \
    { name " r8,m8", 0, 0, base + 2, -1, SIZE_B, 0, undefined, F_MODRM | F_READ }, \
    { name " r,m", 0, 0, base + 3, -1, SIZE_V, 0, undefined, F_MODRM | F_READ }, \
    { name " m8,i8", 0, 0, 0x80, ext, SIZE_B, 1, undefined, F_MODRM | F_READ | (write) }, \
    { name " m8,i8 (82)", 0, 0, 0x82, ext, SIZE_B, 1, undefined, F_MODRM | F_READ | F_NO64 | (write) }, \
    { name " m,i", 0, 0, 0x81, ext, SIZE_V, -1, undefined, F_MODRM | F_READ | (write) }, \
    { name " m,i8", 0, 0, 0x83, ext, SIZE_V, 1, undefined, F_MODRM | F_READ | (write) }

#define SHIFT( name, ext ) \
    EXT( name " m8,1", 0xd0, ext, SIZE_B, 0, U_SHIFT, F_RW ), \
    EXT( name " m,1", 0xd1, ext, SIZE_V, 0, U_SHIFT, F_RW ), \
    EXT( name " m8,cl", 0xd2, ext, SIZE_B, 0, U_SHIFT, F_RW ), \
    EXT( name " m,cl", 0xd3, ext, SIZE_V, 0, U_SHIFT, F_RW ), \
    EXT( name " m8,i8", 0xc0, ext, SIZE_B, 1, U_SHIFT, F_RW ), \
    EXT( name " m,i8", 0xc1, ext, SIZE_V, 1, U_SHIFT, F_RW )

#define LOCKED (F_WRITE | F_LOCKABLE)

const struct form forms[] =
{
    ALU( "add", 0x00, 0, U_NONE, LOCKED ),
    ALU( "or",  0x08, 1, U_LOGIC, LOCKED ),
    ALU( "adc", 0x10, 2, U_NONE, LOCKED ),
    ALU( "sbb", 0x18, 3, U_NONE, LOCKED ),
    ALU( "and", 0x20, 4, U_LOGIC, LOCKED ),
    ALU( "sub", 0x28, 5, U_NONE, LOCKED ),
    ALU( "xor", 0x30, 6, U_LOGIC, LOCKED ),
    ALU( "cmp", 0x38, 7, U_NONE, 0 ),
    { "test m8,r8", 0, 0, 0x84, -1, SIZE_B, 0, U_LOGIC, F_MODRM | F_READ },
    { "test m,r", 0, 0, 0x85, -1, SIZE_V, 0, U_LOGIC, F_MODRM | F_READ },
    EXT( "test m8,i8", 0xf6, 0, SIZE_B, 1, U_LOGIC, F_READ ),
    EXT( "test m,i", 0xf7, 0, SIZE_V, -1, U_LOGIC, F_READ ),
    MEM( "xchg m8,r8", 0x86, SIZE_B, F_RW | F_LOCKABLE ),
    MEM( "xchg m,r", 0x87, SIZE_V, F_RW | F_LOCKABLE ),
    MEM( "mov m8,r8", 0x88, SIZE_B, F_WRITE ),
    MEM( "mov m,r", 0x89, SIZE_V, F_WRITE ),
    MEM( "mov r8,m8", 0x8a, SIZE_B, F_READ ),
    MEM( "mov r,m", 0x8b, SIZE_V, F_READ ),
    MEM( "mov m,sreg", 0x8c, SIZE_W, F_WRITE ),
    EXT( "mov m8,i8", 0xc6, 0, SIZE_B, 1, U_NONE, F_WRITE ),
    EXT( "mov m,i", 0xc7, 0, SIZE_V, -1, U_NONE, F_WRITE ),
    PLAIN( "mov al,moffs", 0xa0, SIZE_B, 0, F_MOFFS | F_READ ),
    PLAIN( "mov rax,moffs", 0xa1, SIZE_V, 0, F_MOFFS | F_READ ),
    PLAIN( "mov moffs,al", 0xa2, SIZE_B, 0, F_MOFFS | F_WRITE ),
    PLAIN( "mov moffs,rax", 0xa3, SIZE_V, 0, F_MOFFS | F_WRITE ),
    MEM( "movsxd r,m32", 0x63, SIZE_D, F_READ | F_ONLY64 ),
    MEM2( "movzx r,m8", 0xb6, SIZE_B, U_NONE, F_READ ),
    MEM2( "movzx r,m16", 0xb7, SIZE_W, U_NONE, F_READ ),
    MEM2( "movsx r,m8", 0xbe, SIZE_B, U_NONE, F_READ ),
    MEM2( "movsx r,m16", 0xbf, SIZE_W, U_NONE, F_READ ),
    EXT( "inc m8", 0xfe, 0, SIZE_B, 0, U_NONE, F_READ | LOCKED ),
    EXT( "dec m8", 0xfe, 1, SIZE_B, 0, U_NONE, F_READ | LOCKED ),
    EXT( "inc m", 0xff, 0, SIZE_V, 0, U_NONE, F_READ | LOCKED ),
    EXT( "dec m", 0xff, 1, SIZE_V, 0, U_NONE, F_READ | LOCKED ),
    EXT( "not m8", 0xf6, 2, SIZE_B, 0, U_NONE, F_READ | LOCKED ),
    EXT( "neg m8", 0xf6, 3, SIZE_B, 0, U_NONE, F_READ | LOCKED ),
    EXT( "not m", 0xf7, 2, SIZE_V, 0, U_NONE, F_READ | LOCKED ),
    EXT( "neg m", 0xf7, 3, SIZE_V, 0, U_NONE, F_READ | LOCKED ),
    EXT( "mul m8", 0xf6, 4, SIZE_B, 0, U_MUL, F_READ ),
    EXT( "mul m", 0xf7, 4, SIZE_V, 0, U_MUL, F_READ ),
    EXT( "imul m8", 0xf6, 5, SIZE_B, 0, U_MUL, F_READ ),
    EXT( "imul m", 0xf7, 5, SIZE_V, 0, U_MUL, F_READ ),
    EXT( "div m8", 0xf6, 6, SIZE_B, 0, U_DIV, F_READ ),
    EXT( "div m", 0xf7, 6, SIZE_V, 0, U_DIV, F_READ ),
    EXT( "idiv m8", 0xf6, 7, SIZE_B, 0, U_DIV, F_READ ),
    EXT( "idiv m", 0xf7, 7, SIZE_V, 0, U_DIV, F_READ ),
    { "imul r,m,i", 0, 0, 0x69, -1, SIZE_V, -1, U_MUL, F_MODRM | F_READ },
    { "imul r,m,i8", 0, 0, 0x6b, -1, SIZE_V, 1, U_MUL, F_MODRM | F_READ },
    MEM2( "imul r,m", 0xaf, SIZE_V, U_MUL, F_READ ),
    SHIFT( "rol", 0 ), SHIFT( "ror", 1 ), SHIFT( "rcl", 2 ), SHIFT( "rcr", 3 ),
    SHIFT( "shl", 4 ), SHIFT( "shr", 5 ), SHIFT( "sal", 6 ), SHIFT( "sar", 7 ),
    { "shld m,r,i8", 0, 1, 0xa4, -1, SIZE_V, 1, U_SHIFT, F_MODRM | F_RW | F_DOUBLE },
    { "shld m,r,cl", 0, 1, 0xa5, -1, SIZE_V, 0, U_SHIFT, F_MODRM | F_RW | F_DOUBLE },
    { "shrd m,r,i8", 0, 1, 0xac, -1, SIZE_V, 1, U_SHIFT, F_MODRM | F_RW | F_DOUBLE },
    { "shrd m,r,cl", 0, 1, 0xad, -1, SIZE_V, 0, U_SHIFT, F_MODRM | F_RW | F_DOUBLE },
    MEM2( "bt m,r", 0xa3, SIZE_V, U_BIT, F_READ | F_BITS ),
    MEM2( "bts m,r", 0xab, SIZE_V, U_BIT, F_READ | LOCKED | F_BITS ),
    MEM2( "btr m,r", 0xb3, SIZE_V, U_BIT, F_READ | LOCKED | F_BITS ),
    MEM2( "btc m,r", 0xbb, SIZE_V, U_BIT, F_READ | LOCKED | F_BITS ),
    { "bt m,i8", 0, 1, 0xba, 4, SIZE_V, 1, U_BIT, F_MODRM | F_READ },
    { "bts m,i8", 0, 1, 0xba, 5, SIZE_V, 1, U_BIT, F_MODRM | F_READ | LOCKED },
    { "btr m,i8", 0, 1, 0xba, 6, SIZE_V, 1, U_BIT, F_MODRM | F_READ | LOCKED },
    { "btc m,i8", 0, 1, 0xba, 7, SIZE_V, 1, U_BIT, F_MODRM | F_READ | LOCKED },
    MEM2( "bsf r,m", 0xbc, SIZE_V, U_SCAN, F_READ ),
    MEM2( "bsr r,m", 0xbd, SIZE_V, U_SCAN, F_READ ),
    MEM2( "cmovcc r,m", 0x40, SIZE_V, U_NONE, F_READ | F_CONDITION ),
    MEM2( "setcc m8", 0x90, SIZE_B, U_NONE, F_WRITE | F_CONDITION ),
    MEM2( "cmpxchg m8,r8", 0xb0, SIZE_B, U_NONE, F_READ | LOCKED ),
    MEM2( "cmpxchg m,r", 0xb1, SIZE_V, U_NONE, F_READ | LOCKED ),
    MEM2( "xadd m8,r8", 0xc0, SIZE_B, U_NONE, F_READ | LOCKED ),
    MEM2( "xadd m,r", 0xc1, SIZE_V, U_NONE, F_READ | LOCKED ),
    MEM2( "movnti m,r", 0xc3, SIZE_Y, U_NONE, F_WRITE ),
    { "cmpxchg8b/16b m", 0, 1, 0xc7, 1, SIZE_PAIR, 0, U_NONE, F_MODRM | F_READ | LOCKED },
    { "movbe r,m", 0, 2, 0xf0, -1, SIZE_V, 0, U_NONE, F_MODRM | F_READ },
    { "movbe m,r", 0, 2, 0xf1, -1, SIZE_V, 0, U_NONE, F_MODRM | F_WRITE },

    EXT( "push m", 0xff, 6, SIZE_STACK, 0, U_NONE, F_READ | F_PUSH ),
    EXT( "pop m", 0x8f, 0, SIZE_STACK, 0, U_NONE, F_WRITE | F_POP ),
    EXT( "call m", 0xff, 2, SIZE_STACK, 0, U_NONE, F_READ | F_PUSH | F_BRANCH ),
    EXT( "jmp m", 0xff, 4, SIZE_STACK, 0, U_NONE, F_READ | F_BRANCH ),
    PLAIN( "push r", 0x50, SIZE_STACK, 0, F_PUSH | F_OPREG ),
    PLAIN( "push i", 0x68, SIZE_STACK, -1, F_PUSH ),
    PLAIN( "push i8", 0x6a, SIZE_STACK, 1, F_PUSH ),
    PLAIN( "push es", 0x06, SIZE_STACK, 0, F_PUSH | F_NO64 ),
    PLAIN( "push cs", 0x0e, SIZE_STACK, 0, F_PUSH | F_NO64 ),
    PLAIN( "push ds", 0x1e, SIZE_STACK, 0, F_PUSH | F_NO64 ),
    { "push fs", 0, 1, 0xa0, -1, SIZE_STACK, 0, U_NONE, F_PUSH },
    PLAIN( "pushf", 0x9c, SIZE_STACK, 0, F_PUSH ),
    PLAIN( "pusha", 0x60, SIZE_Z, 0, F_PUSH | F_NO64 | F_MEMORY ),
    PLAIN( "pop r", 0x58, SIZE_STACK, 0, F_POP | F_OPREG ),
    PLAIN( "popa", 0x61, SIZE_Z, 0, F_POP | F_NO64 | F_MEMORY ),
    PLAIN( "ret", 0xc3, SIZE_STACK, 0, F_POP | F_BRANCH ),
    PLAIN( "ret i16", 0xc2, SIZE_STACK, 2, F_POP | F_BRANCH ),
    PLAIN( "leave", 0xc9, SIZE_STACK, 0, F_POP | F_LEAVE ),
    PLAIN( "enter i16,0", 0xc8, SIZE_STACK, 3, F_PUSH | F_ENTER | F_MEMORY ),
    /* they store 2 bytes; KVM reads 4 of the destination first */
    { "sldt m", 0, 1, 0x00, 0, SIZE_D, 0, U_NONE, F_MODRM | F_WRITE | F_MEMORY },
    { "str m", 0, 1, 0x00, 1, SIZE_D, 0, U_NONE, F_MODRM | F_WRITE | F_MEMORY },
    { "sgdt m", 0, 1, 0x01, 0, SIZE_T, 0, U_NONE, F_MODRM | F_WRITE | F_MEMORY | F_WRITABLE },
    { "sidt m", 0, 1, 0x01, 1, SIZE_T, 0, U_NONE, F_MODRM | F_WRITE | F_MEMORY | F_WRITABLE },
    { "smsw m", 0, 1, 0x01, 4, SIZE_D, 0, U_NONE, F_MODRM | F_WRITE | F_MEMORY },
    { "lmsw m", 0, 1, 0x01, 6, SIZE_W, 0, U_NONE, F_MODRM | F_READ | F_MEMORY },
    PLAIN( "popf", 0x9d, SIZE_STACK, 0, F_POP | F_MEMORY ),
    PLAIN( "xlat", 0xd7, SIZE_B, 0, F_READ | F_XLAT ),

    { "mov sreg,m", 0, 0, 0x8e, -1, SIZE_W, 0, U_NONE, F_MODRM | F_READ | F_SEGMENT },
    PLAIN( "pop es", 0x07, SIZE_STACK, 0, F_POP | F_NO64 | F_SEGMENT ),
    PLAIN( "pop ss", 0x17, SIZE_STACK, 0, F_POP | F_NO64 | F_SEGMENT ),
    PLAIN( "pop ds", 0x1f, SIZE_STACK, 0, F_POP | F_NO64 | F_SEGMENT ),
    { "pop fs", 0, 1, 0xa1, -1, SIZE_STACK, 0, U_NONE, F_POP | F_SEGMENT },
    { "pop gs", 0, 1, 0xa9, -1, SIZE_STACK, 0, U_NONE, F_POP | F_SEGMENT },
    { "les r,m", 0, 0, 0xc4, -1, SIZE_FAR, 0, U_NONE, F_MODRM | F_READ | F_NO64 | F_FAR | F_SEGMENT },
    { "lds r,m", 0, 0, 0xc5, -1, SIZE_FAR, 0, U_NONE, F_MODRM | F_READ | F_NO64 | F_FAR | F_SEGMENT },
    { "lss r,m", 0, 1, 0xb2, -1, SIZE_FAR, 0, U_NONE, F_MODRM | F_READ | F_FAR | F_SEGMENT },
    { "lfs r,m", 0, 1, 0xb4, -1, SIZE_FAR, 0, U_NONE, F_MODRM | F_READ | F_FAR | F_SEGMENT },
    { "lgs r,m", 0, 1, 0xb5, -1, SIZE_FAR, 0, U_NONE, F_MODRM | F_READ | F_FAR | F_SEGMENT },
    { "call far m", 0, 0, 0xff, 3, SIZE_FAR, 0, U_NONE, F_MODRM | F_READ | F_PUSH | F_FAR | F_SEGMENT | F_BRANCH },
    { "jmp far m", 0, 0, 0xff, 5, SIZE_FAR, 0, U_NONE, F_MODRM | F_READ | F_FAR | F_SEGMENT | F_BRANCH },
    PLAIN( "ret far", 0xcb, SIZE_FAR, 0, F_POP | F_FAR | F_SEGMENT | F_BRANCH | F_MEMORY ),
    PLAIN( "ret far i16", 0xca, SIZE_FAR, 2, F_POP | F_FAR | F_SEGMENT | F_BRANCH | F_MEMORY ),

    FX( "fxsave m", 0xae, 0, F_WRITE ),
    FX( "fxrstor m", 0xae, 1, F_READ ),
    X87( "fld m32", 0xd9, 0, SIZE_D, F_READ | F_MEMORY ),
    X87( "fst m32", 0xd9, 2, SIZE_D, F_WRITE | F_MEMORY ),
    X87( "fstp m32", 0xd9, 3, SIZE_D, F_WRITE | F_MEMORY ),
    X87( "fldenv m", 0xd9, 4, SIZE_ENV, F_READ | F_MEMORY ),
    X87( "fldcw m", 0xd9, 5, SIZE_W, F_READ | F_MEMORY ),
    X87( "fnstenv m", 0xd9, 6, SIZE_ENV, F_WRITE | F_MEMORY ),
    X87( "fnstcw m", 0xd9, 7, SIZE_W, F_WRITE ),
    X87( "fadd m32", 0xd8, 0, SIZE_D, F_READ | F_MEMORY ),
    X87( "fimul m32", 0xda, 1, SIZE_D, F_READ | F_MEMORY ),
    X87( "fild m32", 0xdb, 0, SIZE_D, F_READ | F_MEMORY ),
    X87( "fistp m32", 0xdb, 3, SIZE_D, F_WRITE | F_MEMORY ),
    X87( "fld m80", 0xdb, 5, SIZE_TEN, F_READ | F_MEMORY ),
    X87( "fstp m80", 0xdb, 7, SIZE_TEN, F_WRITE | F_MEMORY ),
    X87( "fdiv m64", 0xdc, 6, SIZE_Q, F_READ | F_MEMORY ),
    X87( "fld m64", 0xdd, 0, SIZE_Q, F_READ | F_MEMORY ),
    X87( "fst m64", 0xdd, 2, SIZE_Q, F_WRITE | F_MEMORY ),
    X87( "frstor m", 0xdd, 4, SIZE_SAVE, F_READ | F_MEMORY ),
    X87( "fnsave m", 0xdd, 6, SIZE_SAVE, F_WRITE | F_MEMORY ),
    X87( "fnstsw m", 0xdd, 7, SIZE_W, F_WRITE ),
    X87( "fisub m16", 0xde, 4, SIZE_W, F_READ | F_MEMORY ),
    X87( "fild m64", 0xdf, 5, SIZE_Q, F_READ | F_MEMORY ),
    X87( "fbstp m", 0xdf, 6, SIZE_TEN, F_WRITE | F_MEMORY ),
    { "movq mm,m", 0, 1, 0x6f, -1, SIZE_Q, 0, U_NONE, F_MODRM | F_SSE | F_FPU | F_READ },
    { "movq m,mm", 0, 1, 0x7f, -1, SIZE_Q, 0, U_NONE, F_MODRM | F_SSE | F_FPU | F_WRITE },
    { "paddb mm,m", 0, 1, 0xfc, -1, SIZE_Q, 0, U_NONE, F_MODRM | F_SSE | F_FPU | F_READ },

    PLAIN( "movsb", 0xa4, SIZE_B, 0, F_SOURCE | F_DEST ),
    PLAIN( "movs", 0xa5, SIZE_V, 0, F_SOURCE | F_DEST ),
    PLAIN( "stosb", 0xaa, SIZE_B, 0, F_DEST ),
    PLAIN( "stos", 0xab, SIZE_V, 0, F_DEST ),
    PLAIN( "lodsb", 0xac, SIZE_B, 0, F_SOURCE ),
    PLAIN( "lods", 0xad, SIZE_V, 0, F_SOURCE ),
    PLAIN( "cmpsb", 0xa6, SIZE_B, 0, F_SOURCE | F_DEST | F_COUNTED ),
    PLAIN( "cmps", 0xa7, SIZE_V, 0, F_SOURCE | F_DEST | F_COUNTED ),
    PLAIN( "scasb", 0xae, SIZE_B, 0, F_DEST | F_COUNTED ),
    PLAIN( "scas", 0xaf, SIZE_V, 0, F_DEST | F_COUNTED ),
    PLAIN( "insb", 0x6c, SIZE_B, 0, F_DEST | F_IN | F_DX ),
    PLAIN( "ins", 0x6d, SIZE_Z, 0, F_DEST | F_IN | F_DX ),
    PLAIN( "outsb", 0x6e, SIZE_B, 0, F_SOURCE | F_OUT | F_DX ),
    PLAIN( "outs", 0x6f, SIZE_Z, 0, F_SOURCE | F_OUT | F_DX ),
    PLAIN( "in al,i8", 0xe4, SIZE_B, 1, F_IN ),
    PLAIN( "in eax,i8", 0xe5, SIZE_Z, 1, F_IN ),
    PLAIN( "in al,dx", 0xec, SIZE_B, 0, F_IN | F_DX ),
    PLAIN( "in eax,dx", 0xed, SIZE_Z, 0, F_IN | F_DX ),
    PLAIN( "out i8,al", 0xe6, SIZE_B, 1, F_OUT ),
    PLAIN( "out i8,eax", 0xe7, SIZE_Z, 1, F_OUT ),
    PLAIN( "out dx,al", 0xee, SIZE_B, 0, F_OUT | F_DX ),
    PLAIN( "out dx,eax", 0xef, SIZE_Z, 0, F_OUT | F_DX ),

    VEC( "movups x,m", 0, 0x10, SIZE_X, F_READ ),
    VEC( "movups m,x", 0, 0x11, SIZE_X, F_WRITE ),
    VEC( "movupd x,m", 0x66, 0x10, SIZE_X, F_READ ),
    VEC( "movupd m,x", 0x66, 0x11, SIZE_X, F_WRITE ),
    VEC( "movss x,m", 0xf3, 0x10, SIZE_D, F_READ ),
    VEC( "movss m,x", 0xf3, 0x11, SIZE_D, F_WRITE ),
    VEC( "movsd x,m", 0xf2, 0x10, SIZE_Q, F_READ ),
    VEC( "movsd m,x", 0xf2, 0x11, SIZE_Q, F_WRITE ),
    VEC( "movlps x,m", 0, 0x12, SIZE_Q, F_READ ),
    VEC( "movlps m,x", 0, 0x13, SIZE_Q, F_WRITE ),
    VEC( "movlpd x,m", 0x66, 0x12, SIZE_Q, F_READ ),
    VEC( "movlpd m,x", 0x66, 0x13, SIZE_Q, F_WRITE ),
    VEC( "movhpd x,m", 0x66, 0x16, SIZE_Q, F_READ ),
    VEC( "movhpd m,x", 0x66, 0x17, SIZE_Q, F_WRITE ),
    VEC( "movhps x,m", 0, 0x16, SIZE_Q, F_READ ),
    VEC( "movhps m,x", 0, 0x17, SIZE_Q, F_WRITE ),
    VEC( "movaps x,m", 0, 0x28, SIZE_X, F_READ | F_ALIGNED ),
    VEC( "movaps m,x", 0, 0x29, SIZE_X, F_WRITE | F_ALIGNED ),
    VEC( "movapd x,m", 0x66, 0x28, SIZE_X, F_READ | F_ALIGNED ),
    VEC( "movapd m,x", 0x66, 0x29, SIZE_X, F_WRITE | F_ALIGNED ),
    VEC( "movntps m,x", 0, 0x2b, SIZE_X, F_WRITE | F_ALIGNED ),
    VEC( "movntpd m,x", 0x66, 0x2b, SIZE_X, F_WRITE | F_ALIGNED ),
    VEC( "movdqa x,m", 0x66, 0x6f, SIZE_X, F_READ | F_ALIGNED ),
    VEC( "movdqa m,x", 0x66, 0x7f, SIZE_X, F_WRITE | F_ALIGNED ),
    VEC( "movdqu x,m", 0xf3, 0x6f, SIZE_X, F_READ ),
    VEC( "movdqu m,x", 0xf3, 0x7f, SIZE_X, F_WRITE ),
    VEC( "movntdq m,x", 0x66, 0xe7, SIZE_X, F_WRITE | F_ALIGNED ),
    VEC( "movd/q x,m", 0x66, 0x6e, SIZE_Y, F_READ ),
    VEC( "movd/q m,x", 0x66, 0x7e, SIZE_Y, F_WRITE ),
    VEC( "movq x,m", 0xf3, 0x7e, SIZE_Q, F_READ ),
    VEC( "movq m,x", 0x66, 0xd6, SIZE_Q, F_WRITE ),

    VEX( "vmovdqu x,m", 1, 0xf3, 0x6f, SIZE_X, 0, F_READ ),
    VEX( "vmovdqu y,m", MAP_256 | 1, 0xf3, 0x6f, SIZE_YMM, 0, F_READ ),
    VEX( "vmovdqu m,y", MAP_256 | 1, 0xf3, 0x7f, SIZE_YMM, 0, F_WRITE ),
    VEX( "vmovaps y,m", MAP_256 | 1, 0, 0x28, SIZE_YMM, 0, F_READ | F_ALIGNED ),
    VEX( "vmovntdq m,y", MAP_256 | 1, 0x66, 0xe7, SIZE_YMM, 0, F_WRITE | F_ALIGNED ),
    VEX( "vmovss x,m", 1, 0xf3, 0x10, SIZE_D, 0, F_READ ),
    VEX( "vmovsd m,x", 1, 0xf2, 0x11, SIZE_Q, 0, F_WRITE ),
    VEX( "vmovhps x,x,m", MAP_THREE | 1, 0, 0x16, SIZE_Q, 0, F_READ ),
    VEX( "vmovddup y,m", MAP_256 | 1, 0xf2, 0x12, SIZE_YMM, 0, F_READ ),
    VEX( "vaddps x,x,m", MAP_THREE | 1, 0, 0x58, SIZE_X, 0, F_READ ),
    VEX( "vaddpd y,y,m", MAP_256 | MAP_THREE | 1, 0x66, 0x58, SIZE_YMM, 0, F_READ ),
    VEX( "vmulss x,x,m", MAP_THREE | 1, 0xf3, 0x59, SIZE_D, 0, F_READ ),
    VEX( "vcmpps y,y,m", MAP_256 | MAP_THREE | 1, 0, 0xc2, SIZE_YMM, 1, F_READ ),
    VEX( "vxorps y,y,m", MAP_256 | MAP_THREE | 1, 0, 0x57, SIZE_YMM, 0, F_READ ),
    VEX( "vcvtdq2pd y,m", MAP_256 | 1, 0xf3, 0xe6, SIZE_X, 0, F_READ ),
    VEX( "vucomisd x,m", 1, 0x66, 0x2e, SIZE_Q, 0, F_READ ),
    VEX( "vpaddd x,x,m", MAP_THREE | 1, 0x66, 0xfe, SIZE_X, 0, F_READ ),
    VEX( "vpaddd y,y,m", MAP_256 | MAP_THREE | 1, 0x66, 0xfe, SIZE_YMM, 0, F_READ ),
    VEX( "vpshufb y,y,m", MAP_256 | MAP_THREE | 2, 0x66, 0x00, SIZE_YMM, 0, F_READ ),
    VEX( "vpmulld y,y,m", MAP_256 | MAP_THREE | 2, 0x66, 0x40, SIZE_YMM, 0, F_READ ),
    VEX( "vpmovzxbd y,m", MAP_256 | 2, 0x66, 0x31, SIZE_Q, 0, F_READ ),
    VEX( "vptest y,m", MAP_256 | 2, 0x66, 0x17, SIZE_YMM, 0, F_READ ),
    VEX( "vpsrlvq y,y,m", MAP_256 | MAP_THREE | MAP_W | 2, 0x66, 0x45, SIZE_YMM, 0, F_READ ),
    VEX( "vbroadcastss y,m", MAP_256 | 2, 0x66, 0x18, SIZE_D, 0, F_READ ),
    VEX( "vbroadcastf128 y,m", MAP_256 | 2, 0x66, 0x1a, SIZE_X, 0, F_READ ),
    VEX( "vinsertf128 y,y,m", MAP_256 | MAP_THREE | 3, 0x66, 0x18, SIZE_X, 1, F_READ ),
    VEX( "vextracti128 m,y", MAP_256 | 3, 0x66, 0x39, SIZE_X, 1, F_WRITE ),
    VEX( "vpinsrb x,x,m", MAP_THREE | 3, 0x66, 0x20, SIZE_B, 1, F_READ ),
    VEX( "vpextrd m,x", 3, 0x66, 0x16, SIZE_D, 1, F_WRITE ),
    VEX( "vperm2i128 y,y,m", MAP_256 | MAP_THREE | 3, 0x66, 0x46, SIZE_YMM, 1, F_READ ),
    VEX( "vpermq y,m", MAP_256 | MAP_W | 3, 0x66, 0x00, SIZE_YMM, 1, F_READ ),
    VEX( "vmaskmovps x,x,m", MAP_THREE | 2, 0x66, 0x2c, SIZE_X, 0, F_READ ),
    VEX( "vmaskmovpd y,y,m", MAP_256 | MAP_THREE | 2, 0x66, 0x2d, SIZE_YMM, 0, F_READ ),
    VEX( "vmaskmovps m,y,y", MAP_256 | MAP_THREE | 2, 0x66, 0x2e, SIZE_YMM, 0, F_WRITE ),
    VEX( "vpmaskmovd y,y,m", MAP_256 | MAP_THREE | 2, 0x66, 0x8c, SIZE_YMM, 0, F_READ ),
    VEX( "vpmaskmovq m,x,x", MAP_THREE | MAP_W | 2, 0x66, 0x8e, SIZE_X, 0, F_WRITE ),
};

const UINT32 form_count = ARRAY_SIZE( forms );

const char *form_name( const struct form *form )
{
    return form->name;
}

BOOL form_uses_vectors( const struct form *form )
{
    return !!(form->flags & F_SSE);
}

BOOL form_uses_upper_halves( const struct form *form )
{
    return !!(form->map & MAP_VEX);
}

BOOL form_uses_fpu( const struct form *form )
{
    return !!(form->flags & F_FPU);
}

BOOL form_is_string( const struct form *form )
{
    return !!(form->flags & (F_SOURCE | F_DEST));
}

UINT32 form_undefined_flags( const struct test *test )
{
    switch (test->form->undefined)
    {
    case U_LOGIC: return FLAG_AF;
    case U_SHIFT: return FLAG_AF | FLAG_OF;
    case U_MUL:   return FLAG_SF | FLAG_ZF | FLAG_AF | FLAG_PF;
    case U_DIV:   return FLAG_STATUS;
    case U_SCAN:  return FLAG_STATUS & ~FLAG_ZF;
    case U_BIT:   return FLAG_STATUS & ~(FLAG_CF | FLAG_ZF);
    }
    return 0;
}
