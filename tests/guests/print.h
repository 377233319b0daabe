/*
 * Text on COM1, for the guests that talk
 *
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
 * Macros that print a line, or check something and print what is wrong with it, in
 * code of each width. Knows guest.h. A guest defines the routines that it uses: puts16,
 * puts32, puts64, puthex64, and failed16, failed32, failed64 as the ends of its checks.
 */

#ifndef __PRINT_H
#define __PRINT_H

/* Strings are kept out of the code's way. */
.macro STRING label, text:vararg
    .pushsection .rodata
\label:
    .ascii  \text
    .byte   0
    .set    \label\()_size, . - \label - 1
    .popsection
.endm

/* One for each width of code: prints the string at (E)SI on COM1. */
.macro DEFINE_PUTS name
\name:
    lodsb
    test    %al, %al
    jz      .Ldone\@
    mov     %al, %ah
.Lbusy\@:
    mov     $(COM1 + 5), %dx
    in      %dx, %al
    test    $0x20, %al                  /* transmitter empty */
    jz      .Lbusy\@
    mov     %ah, %al
    mov     $COM1, %dx
    out     %al, %dx
    jmp     \name
.Ldone\@:
    ret
.endm

/* prints EAX as eight hexadecimal digits */
.macro DEFINE_PUTHEX name
\name:
    mov     %eax, %ebx
    mov     $8, %ecx
.Ldigit\@:
    rol     $4, %ebx
    mov     %bl, %al
    and     $15, %al
    add     $'0', %al
    cmp     $'9', %al
    jbe     .Lout\@
    add     $('a' - '9' - 1), %al
.Lout\@:
    mov     $COM1, %dx
    out     %al, %dx
    dec     %ecx
    jnz     .Ldigit\@
    ret
.endm

.macro SAY16 text:vararg
    STRING  .Ltext\@, \text
    mov     $.Ltext\@, %si
    call    puts16
.endm
.macro SAY32 text:vararg
    STRING  .Ltext\@, \text
    mov     $.Ltext\@, %esi
    call    puts32
.endm
.macro SAY text:vararg
    STRING  .Ltext\@, \text
    mov     $.Ltext\@, %esi
    call    puts64
.endm

/* When the flags say "not equal", tells what went wrong and ends. */
.macro CHECK16 text:vararg
    je      .Lgood\@
    SAY16   "FAILED: ", \text, "\r\n"
    jmp     failed16
.Lgood\@:
.endm
.macro CHECK32 text:vararg
    je      .Lgood\@
    SAY32   "FAILED: ", \text, "\r\n"
    jmp     failed32
.Lgood\@:
.endm
.macro CHECK text:vararg
    je      .Lgood\@
    SAY     "FAILED: ", \text, "\r\n"
    jmp     failed64
.Lgood\@:
.endm

#endif /* __PRINT_H */
