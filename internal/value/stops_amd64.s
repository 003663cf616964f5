#include "textflag.h"

// func findStops(src *byte, blocks int, dst *uint32) (count int, high bool)
//
// Each turn of the loop takes a block of 64 bytes. Y10, Y11, Y12 hold quotes, backslashes and 0x20 in each byte; Y13 gathers
// all bytes, whose sign bits tell whether one is beyond ASCII.
TEXT ·findStops(SB), NOSPLIT, $0-33
	MOVQ src+0(FP), SI
	MOVQ blocks+8(FP), R8
	MOVQ dst+16(FP), DI
	MOVQ DI, R9
	XORL R10, R10 // offset of the block

	MOVL $0x22222222, AX
	MOVD AX, X10
	VPBROADCASTD X10, Y10
	MOVL $0x5c5c5c5c, AX
	MOVD AX, X11
	VPBROADCASTD X11, Y11
	MOVL $0x20202020, AX
	MOVD AX, X12
	VPBROADCASTD X12, Y12
	VPXOR Y13, Y13, Y13

block:
	VMOVDQU (SI), Y0
	VMOVDQU 32(SI), Y1
	VPOR Y0, Y13, Y13
	VPOR Y1, Y13, Y13
	VPCMPEQB Y0, Y10, Y2
	VPCMPEQB Y0, Y11, Y3
	VPCMPGTB Y0, Y12, Y4 // 0x20 > byte, as signed numbers
	VPOR Y3, Y2, Y2
	VPOR Y4, Y2, Y2
	VPCMPEQB Y1, Y10, Y5
	VPCMPEQB Y1, Y11, Y6
	VPCMPGTB Y1, Y12, Y7
	VPOR Y6, Y5, Y5
	VPOR Y7, Y5, Y5
	VPMOVMSKB Y2, AX
	VPMOVMSKB Y5, BX
	SHLQ $32, BX
	ORQ BX, AX
	POPCNTQ AX, CX

	// Eight offsets are written whether there are as many or not, since a jump that depends on their number would be
	// mispredicted; what is too much is written over by the next block.
#define STOP(at) \
	TZCNTQ AX, DX \
	ADDL R10, DX \
	MOVL DX, at(DI) \
	BLSRQ AX, AX
	STOP(0)
	STOP(4)
	STOP(8)
	STOP(12)
	STOP(16)
	STOP(20)
	STOP(24)
	STOP(28)
	CMPQ CX, $8
	JBE next
	LEAQ 32(DI), R11
more:
	TZCNTQ AX, DX
	ADDL R10, DX
	MOVL DX, (R11)
	ADDQ $4, R11
	BLSRQ AX, AX
	JNZ more
next:
	LEAQ (DI)(CX*4), DI
	ADDQ $64, SI
	ADDL $64, R10
	DECQ R8
	JNZ block

	SUBQ R9, DI
	SHRQ $2, DI
	MOVQ DI, count+24(FP)
	VPMOVMSKB Y13, AX
	TESTL AX, AX
	SETNE high+32(FP)
	VZEROUPPER
	RET
