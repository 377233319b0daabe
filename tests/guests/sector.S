/*
 * The boot sector guest: the same exits on any PC
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
 * For comparing QEMU with our own monitor: it touches what all PCs have alike, the first
 * serial port, and places where none has anything: a port, and memory below the fourth
 * gigabyte. What a read gives there differs, and nothing follows from it. Interrupts are
 * off all the time. A boot sector, real mode at 7c00h; knows guest.h; leaves by the debug
 * exit, code 0.
 */

#include "guest.h"

#define BUFFER  0x600
#define NOBODY  0x2f0           /* ports that no machine has */
#define HOLE    0xd0100000      /* and memory */

    .code16
    .globl _start
_start:
    cli
    cld
    xor     %ax, %ax
    mov     %ax, %ds
    mov     %ax, %es
    mov     %ax, %ss
    mov     $STACK_TOP, %sp
    mov     $0x11223344, %eax
    mov     $NOBODY, %dx
    out     %al, (%dx)
    out     %ax, (%dx)
    out     %eax, (%dx)
    out     %al, $0x80
    in      (%dx), %al
    in      (%dx), %ax
    in      (%dx), %eax
    mov     $BUFFER, %di
    mov     $5, %cx
    rep insb
    insw
    mov     $BUFFER, %si
    mov     $4, %cx
    rep outsb
    outsl
    mov     $hello, %si
    mov     $COM1, %dx
    mov     $7, %cx
    rep outsb

    lgdtl   gdt_pointer
    mov     %cr0, %eax
    or      $1, %al
    mov     %eax, %cr0
    ljmpl   $SEL_CODE32, $protected
    .code32
protected:
    mov     $SEL_DATA, %eax
    mov     %eax, %ds
    mov     %eax, %es
    mov     %eax, %ss
    mov     $STACK_TOP, %esp
    mov     $HOLE, %ebx
    mov     %al, (%ebx)
    mov     %ax, 2(%ebx)
    mov     %eax, 0x41(%ebx)
    movb    $7, 0x100(%ebx)
    movw    $0x1234, 0x102(%ebx)
    movl    $0x12345678, 0x104(%ebx)
    mov     %eax, 0xffe(%ebx)
    mov     (%ebx), %cl
    mov     2(%ebx), %cx
    mov     0x43(%ebx), %ecx
    movzbl  5(%ebx), %ecx
    movswl  6(%ebx), %ecx
    mov     0xffd(%ebx), %ecx
    addl    $3, 8(%ebx)
    orb     $1, 9(%ebx)
    incw    10(%ebx)
    notl    12(%ebx)
    xchg    %ecx, 16(%ebx)
    lock xaddl %ecx, 20(%ebx)
    btsl    $5, 24(%ebx)
    setc    28(%ebx)
    cmpl    $9, 32(%ebx)
    testb   $2, 36(%ebx)
    add     40(%ebx), %ecx
    mov     %ebx, %edi
    mov     $3, %ecx
    rep stosl
    stosb
    mov     %ebx, %esi
    lodsw
    mov     $BUFFER, %edi
    mov     $3, %ecx
    rep movsb
    mov     $BUFFER, %esi
    lea     0x80(%ebx), %edi
    movsl
    pushl   (%ebx)
    popl    4(%ebx)
    mov     $NOBODY, %edx
    in      (%dx), %eax
    out     %eax, (%dx)
    mov     $bye, %esi
    mov     $COM1, %edx
    mov     $8, %ecx
1:  lodsb
    out     %al, (%dx)
    loop    1b
    xor     %eax, %eax
    out     %al, $DEBUG_EXIT
    hlt

hello:
    .ascii  "ports\r\n"
bye:
    .ascii  "memory\r\n"

    DEFINE_GDT
    . = _start + 510
    .byte   0x55, 0xaa
